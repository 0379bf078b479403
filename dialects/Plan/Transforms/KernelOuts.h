//===- KernelOuts.h - Where kernels write -----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELOUTS_H
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELOUTS_H

#include "dialects/Plan/Transforms/BlockProblem.h"

namespace coppice::plan {

/// Gives the kernels of a block, which are in `order`, an out for each result:
/// the argument that it becomes the content of, a slice of the whole that it is
/// a part of, the operand that it takes the place of, or a new tensor. Kernels
/// that only put parts together become `plan.assemble`.
void setOuts(const BlockProblem &problem, llvm::ArrayRef<uint32_t> order,
             mlir::Block &block);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELOUTS_H
