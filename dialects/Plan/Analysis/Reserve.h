//===- Reserve.h - The memory that a caller provides ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_ANALYSIS_RESERVE_H
#define COPPICE_DIALECTS_PLAN_ANALYSIS_RESERVE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice::plan {

/// Bytes that a caller reserves for a planned function. A budget counts them.
struct Reserve {
  int64_t arena = 0, state = 0;
  int64_t total() const { return arena + state; }
};

/// Returns the arena that a caller of the library reserves for a plan of
/// `planned` bytes. The outputs of a step besides its loss are in it too.
int64_t getReservedArena(mlir::func::FuncOp function, int64_t planned);

/// Returns the bytes for a function with `plan.arena_bytes`; without the
/// attribute, no arena.
Reserve getReserve(mlir::func::FuncOp function);

/// Returns the bytes for the function that needs most.
Reserve getLargestReserve(mlir::ModuleOp module);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_ANALYSIS_RESERVE_H
