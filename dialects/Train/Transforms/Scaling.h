//===- Scaling.h - Scales as factors of an update ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_SCALING_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_SCALING_H

#include "dialects/Train/IR/Train.h"

namespace coppice::train {

/// The power of a scale s that a factor is: s, 1 / s or s^2.
enum class ScalePower { Scale, Inverse, Square };

/// Creates the scales of a quantized type as a constant of float type `element`
/// that broadcasts to `shape`. A channel whose scale is below 2^-17 of the
/// tensor's largest is dead: its factor is 0, because its codes carry no
/// information and 1 / s would blow up. (The MCUNet models have channels of
/// scale 5e-7 / 127, up to 2^-18 of the largest.) `largest` is the largest
/// scale of the tensor that `type` is a slice of.
mlir::Value createScales(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::RankedTensorType shape, mlir::Type element,
                         mlir::quant::QuantizedType type, ScalePower power,
                         std::optional<llvm::APFloat> largest);

/// Returns the largest scale of `type`.
double getLargestScale(mlir::quant::QuantizedType type);

/// Creates the codes as floats, minus their zero point.
mlir::Value createCentred(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value codes, mlir::quant::QuantizedType type);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_SCALING_H
