//===- KernelOuts.h - Where kernels write -----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELOUTS_H
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELOUTS_H

#include "dialects/Plan/Transforms/BlockProblem.h"

namespace coppice::plan {

/// Adds an out for each result to the kernels of a block, which are in `order`:
/// the argument that the result becomes the content of, a slice of the tensor
/// that it is a part of, the operand that it overwrites, or a new tensor. A
/// kernel that only joins parts becomes a `plan.assemble`.
void setOuts(const BlockProblem &problem, llvm::ArrayRef<uint32_t> order,
             mlir::Block &block);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELOUTS_H
