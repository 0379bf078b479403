//===- GradientInterface.h - Gradient rules of ops --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_INTERFACES_GRADIENTINTERFACE_H
#define COPPICE_DIALECTS_TRAIN_INTERFACES_GRADIENTINTERFACE_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallBitVector.h"

namespace coppice::train {

/// The builder, location and forward values that a gradient rule works with.
struct GradientContext {
  mlir::OpBuilder &builder;
  mlir::Location loc;
  /// Returns a forward value as the backward pass reads it: the result of its
  /// `train.saved`, or the value itself.
  llvm::function_ref<mlir::Value(mlir::Value)> read;
};

/// Trait of piecewise constant ops. Their derivative is 0 wherever it exists,
/// so no gradient flows to their operands and none is missing.
template <typename ConcreteOp>
class ZeroGradient : public mlir::OpTrait::TraitBase<ConcreteOp, ZeroGradient> {
};

namespace detail {
inline bool isFloatTensor(mlir::Type type) {
  auto shaped = llvm::dyn_cast<mlir::ShapedType>(type);
  return shaped && llvm::isa<mlir::FloatType>(shaped.getElementType());
}
/// A tensor of floats, or of codes that stand for them.
inline bool isRealTensor(mlir::Type type) {
  auto shaped = llvm::dyn_cast<mlir::ShapedType>(type);
  return shaped && llvm::isa<mlir::FloatType, mlir::quant::UniformQuantizedType,
                             mlir::quant::UniformQuantizedPerAxisType>(
                       shaped.getElementType());
}
} // namespace detail
} // namespace coppice::train

#include "dialects/Train/Interfaces/GradientInterface.h.inc"

#endif // COPPICE_DIALECTS_TRAIN_INTERFACES_GRADIENTINTERFACE_H
