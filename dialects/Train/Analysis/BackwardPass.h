//===- BackwardPass.h - The backward ops of a step --------------*- C++ -*-===//
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

/// The forward and the backward pass of a function, found from `train.saved`
/// ops and data flow alone:
///
/// - the backward pass, including the updates, is every op that depends on the
///   result of a `train.saved`;
/// - the forward pass is every other op that depends on an argument of the
///   function which a saved value depends on.
///
/// Ops that depend only on parameters and constants belong to neither pass:
/// they can be computed anywhere. The same is true of ops that depend only on
/// arguments which updates read, such as a learning rate.
class BackwardPass {
public:
  explicit BackwardPass(mlir::func::FuncOp function);

  bool isForward(mlir::Value value) const { return forward.contains(value); }
  bool isBackward(mlir::Value value) const { return backward.contains(value); }

  /// Returns the operands of backward ops that are forward values but not
  /// results of a `train.saved`, in order.
  llvm::SmallVector<mlir::OpOperand *> findUnsavedReads() const;

private:
  mlir::func::FuncOp function;
  llvm::DenseSet<mlir::Value> forward, backward;
};

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_ANALYSIS_BACKWARDPASS_H
