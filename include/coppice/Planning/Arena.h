//===- Arena.h - The memory that a caller provides --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_PLANNING_ARENA_H
#define COPPICE_PLANNING_ARENA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cstdint>

namespace coppice::planning {

/// Of the arena, of the state and of every buffer in them.
constexpr int64_t kArenaAlignment = 64;

/// The arena of a function of a library: what was planned and, behind it, the
/// outputs that its caller does not ask for, each aligned.
inline int64_t getArenaBytes(int64_t planned, llvm::ArrayRef<int64_t> outputs) {
  auto bytes = int64_t(llvm::alignTo(planned, kArenaAlignment));
  for (int64_t output : outputs)
    bytes += int64_t(llvm::alignTo(output, kArenaAlignment));
  return bytes;
}

/// What a caller reserves for it: C has no array of no elements.
inline int64_t getReservedBytes(int64_t arenaBytes) {
  return std::max(arenaBytes, kArenaAlignment);
}

} // namespace coppice::planning

#endif // COPPICE_PLANNING_ARENA_H
