//===- Activity.h - Values between loss and weights -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_ANALYSIS_ACTIVITY_H
#define COPPICE_DIALECTS_TRAIN_ANALYSIS_ACTIVITY_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseSet.h"

namespace coppice::train {

/// Activity of the values of one block. A value is *varied* if it depends on a
/// tensor that is differentiated for, *useful* if the loss depends on it, both
/// through differentiable operands; *active* if it is both. Gradients are built
/// of active values alone.
///
/// Each lattice has two elements, and a training step is one block without
/// branches, so one forward sweep and one backward sweep reach the fixed point.
/// A data-flow solver would visit the same ops in the same order.
///
/// An op cuts both relations where its operand has no gradient (labels,
/// indices), where its result is no tensor of reals or codes (comparisons), and
/// where it is piecewise constant (the `ZeroGradient` trait). An op without a
/// gradient rule passes them on, so that it is found on active paths and
/// reported.
class Activity {
public:
  Activity(mlir::Block &block, mlir::Value loss, mlir::ValueRange wrt);

  bool isVaried(mlir::Value value) const { return varied.contains(value); }
  bool isUseful(mlir::Value value) const { return useful.contains(value); }
  bool isActive(mlir::Value value) const {
    return isVaried(value) && isUseful(value);
  }

  /// Whether a gradient must flow through `op`: an input is varied and a result
  /// useful.
  bool isOnPath(mlir::Operation &op) const;

  /// Whether a gradient of operand `operand` must be built: it is active and
  /// the op's rule covers it.
  bool isWanted(mlir::OpOperand &operand) const;

private:
  llvm::DenseSet<mlir::Value> varied;
  llvm::DenseSet<mlir::Value> useful;
};

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_ANALYSIS_ACTIVITY_H
