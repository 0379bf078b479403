//===- Allocations.h - What a function's allocations need -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_ANALYSIS_ALLOCATIONS_H
#define COPPICE_DIALECTS_PLAN_ANALYSIS_ALLOCATIONS_H

#include "coppice/Planning/Packing.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace coppice::plan {

/// The packing problem of allocations of static size in a function's entry
/// block, a buffer for each.
mlir::FailureOr<planning::PackingProblem>
getPackingProblem(mlir::func::FuncOp function,
                  llvm::ArrayRef<mlir::memref::AllocOp> allocs);

/// Remarks where the allocations of a scheduled function need more than
/// `--plan-schedule` said, and names those that it did not name. The arena that
/// is planned is right in any case; only the promise was not. The kernels may
/// need less: they share more than the schedule counts on. Fails where lifetimes
/// cannot be computed.
mlir::LogicalResult checkSchedule(mlir::func::FuncOp function);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_ANALYSIS_ALLOCATIONS_H
