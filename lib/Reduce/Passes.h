//===- Passes.h - Shrinking modules that show a fault -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REDUCE_PASSES_H
#define COPPICE_LIB_REDUCE_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice {
#define GEN_PASS_DECL
#include "lib/Reduce/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "lib/Reduce/Passes.h.inc"

/// Registers `--reduction-tree`, which takes the options of upstream's pass of
/// that name and runs `--reduce-ops`.
void registerReducePipelines();

} // namespace coppice

#endif // COPPICE_LIB_REDUCE_PASSES_H
