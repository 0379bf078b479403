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

/// Returns the packing problem of allocations of static size in the entry block
/// of `owner`, a function or a kernel, with one buffer for each. Fails if a
/// lifetime cannot be computed.
mlir::FailureOr<planning::PackingProblem>
getPackingProblem(mlir::Operation *owner,
                  llvm::ArrayRef<mlir::memref::AllocOp> allocs);

/// Returns the bytes of the buffers that are live at once, at the step with the
/// most of them, without the gaps that alignment leaves.
int64_t getPeakBytes(const planning::PackingProblem &problem);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_ANALYSIS_ALLOCATIONS_H
