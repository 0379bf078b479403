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

/// The alignment of the arena, of the state and of every buffer in them.
constexpr int64_t kArenaAlignment = 64;

/// Returns the arena's bytes for a function of a library: the plan's arena, and
/// behind it the outputs that the caller does not ask for, each aligned.
inline int64_t getArenaBytes(int64_t planned, llvm::ArrayRef<int64_t> outputs) {
  auto bytes = int64_t(llvm::alignTo(planned, kArenaAlignment));
  for (int64_t output : outputs)
    bytes += int64_t(llvm::alignTo(output, kArenaAlignment));
  return bytes;
}

/// Returns the bytes that a caller reserves for the arena: at least 1, because
/// C has no empty arrays.
inline int64_t getReservedBytes(int64_t arenaBytes) {
  return std::max(arenaBytes, kArenaAlignment);
}

} // namespace coppice::planning

#endif // COPPICE_PLANNING_ARENA_H
