//===- RealLayer.h - Gradients of layers on codes ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_REALLAYER_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_REALLAYER_H

#include "dialects/Train/Interfaces/GradientInterface.h"

namespace coppice::train {

/// A quantized layer as the backward pass differentiates it: the same op on the
/// real values that its operands stand for, which is what its codes mean up to
/// rounding and clamp. Every op with a gradient has its quantized gradient so;
/// forward values are kept as codes, and a rule that reads the layer's result
/// recomputes it.
class RealLayer {
public:
  /// Puts the op and a `lowp.dequantize` of every operand at `builder`'s place.
  RealLayer(mlir::OpBuilder &builder, mlir::Location loc,
            train::GradientOpInterface layer);

  train::GradientOpInterface getOp() const { return real; }

  /// Whether `value` is one of the layer's real values.
  bool owns(mlir::Value value) const;

  /// Removes what no gradient rule has read; what is left takes the forward
  /// pass's values through `read`.
  void finish(llvm::function_ref<mlir::Value(mlir::Value)> read);

private:
  train::GradientOpInterface real;
  llvm::SmallVector<mlir::Operation *> operands;
};

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_REALLAYER_H
