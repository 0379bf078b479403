//===- RealLayer.h - Gradients of layers on codes ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_REALLAYER_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_REALLAYER_H

#include "dialects/Train/Interfaces/GradientInterface.h"

namespace coppice::train {

/// The copy of a quantized layer that the backward pass differentiates: the
/// same op on the real values of its operands, which the layer computes up to
/// rounding and clamping. The gradient of a quantized layer is the gradient of
/// this copy, so no op needs a second rule. Forward values are saved as codes,
/// and a rule that reads the layer's result recomputes it.
class RealLayer {
public:
  /// Creates the copy and a `lowp.dequantize` of every operand at the insertion
  /// point of `builder`.
  RealLayer(mlir::OpBuilder &builder, mlir::Location loc,
            train::GradientOpInterface layer);

  train::GradientOpInterface getOp() const { return real; }

  /// Whether `value` is one of the layer's real values.
  bool owns(mlir::Value value) const;

  /// Removes the ops of the copy that no gradient rule has read. The ops that
  /// are left take the values of the forward pass through `read`.
  void finish(llvm::function_ref<mlir::Value(mlir::Value)> read);

private:
  train::GradientOpInterface real;
  llvm::SmallVector<mlir::Operation *> operands;
};

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_REALLAYER_H
