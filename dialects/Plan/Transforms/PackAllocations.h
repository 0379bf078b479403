//===- PackAllocations.h - Allocations become a plan.pack -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_PACKALLOCATIONS_H
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_PACKALLOCATIONS_H

#include "dialects/Plan/Analysis/Allocations.h"
#include "dialects/Plan/IR/Plan.h"

namespace coppice::plan {

/// Returns the allocations of `owner`, a function or a kernel, all of static
/// size and moved to its entry block; erases the unused ones. Reports every one
/// that cannot be planned, and fails.
mlir::FailureOr<llvm::SmallVector<mlir::memref::AllocOp>>
collectAllocations(mlir::Operation *owner);

/// Replaces `allocs`, the buffers of `problem`, by a `plan.pack` at `b` that
/// places them in `arena` as `solution` says.
void replaceByPack(mlir::OpBuilder &b, mlir::Location loc, mlir::Value arena,
                   llvm::ArrayRef<mlir::memref::AllocOp> allocs,
                   const planning::PackingProblem &problem,
                   const planning::PackingSolution &solution);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_PACKALLOCATIONS_H
