//===- Reserve.h - The memory that a caller provides ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_ANALYSIS_RESERVE_H
#define COPPICE_DIALECTS_PLAN_ANALYSIS_RESERVE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice::plan {

/// Bytes that a caller reserves for a planned function: what a budget counts.
struct Reserve {
  int64_t arena = 0, state = 0;
  int64_t total() const { return arena + state; }
};

/// The arena that a caller of the library reserves where `planned` bytes were
/// planned. A step keeps its outputs besides its loss there.
int64_t getReservedArena(mlir::func::FuncOp function, int64_t planned);

/// What a function with `plan.arena_bytes` needs; no arena without.
Reserve getReserve(mlir::func::FuncOp function);

/// What the function that needs most needs.
Reserve getLargestReserve(mlir::ModuleOp module);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_ANALYSIS_RESERVE_H
