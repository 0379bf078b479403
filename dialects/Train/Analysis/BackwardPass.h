//===- BackwardPass.h - Which ops a step's backward pass is -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_ANALYSIS_BACKWARDPASS_H
#define COPPICE_DIALECTS_TRAIN_ANALYSIS_BACKWARDPASS_H

#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"

namespace coppice::train {

/// Forward and backward pass of a function, told by its edges alone:
///
/// - the backward pass, with the updates behind it, is what depends on the
///   result of a `train.saved`;
/// - the forward pass is what depends on the same arguments of the function as
///   the saved values do, and is not of the backward pass.
///
/// What depends on parameters and constants alone can be computed anywhere and
/// is of neither pass; so is what depends on arguments that only updates read,
/// such as a learning rate.
class BackwardPass {
public:
  explicit BackwardPass(mlir::func::FuncOp function);

  bool isForward(mlir::Value value) const { return forward.contains(value); }
  bool isBackward(mlir::Value value) const { return backward.contains(value); }

  /// Reads of forward values by backward ops that pass no `train.saved`, in
  /// order.
  llvm::SmallVector<mlir::OpOperand *> findUnsavedReads() const;

private:
  mlir::func::FuncOp function;
  llvm::DenseSet<mlir::Value> forward, backward;
};

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_ANALYSIS_BACKWARDPASS_H
