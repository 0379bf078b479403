//===- Allocations.h - The packing problem of a function --------*- C++ -*-===//
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

/// Returns the packing problem of the allocations of static size in a
/// function's entry block, with one buffer for each.
mlir::FailureOr<planning::PackingProblem>
getPackingProblem(mlir::func::FuncOp function,
                  llvm::ArrayRef<mlir::memref::AllocOp> allocs);

/// Emits a remark if the allocations of a scheduled function need more than
/// `--plan-schedule` predicted, and names the buffers that the schedule did not
/// name. The planned arena is right in any case, because it is packed from the
/// allocations. The kernels may need less: they share more than the schedule
/// counts on. Fails if lifetimes cannot be computed.
mlir::LogicalResult checkSchedule(mlir::func::FuncOp function);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_ANALYSIS_ALLOCATIONS_H
