//===- Scaling.h - Scales as factors of an update ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_SCALING_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_SCALING_H

#include "dialects/Train/IR/Train.h"

namespace coppice::train {

/// What a factor is of a scale s: s, 1 / s or s^2.
enum class ScalePower { Scale, Inverse, Square };

/// The scales of a quantized type as a constant of float type `element` that
/// broadcasts to `shape`. A dead channel, whose scale is below 2^-17 of the
/// tensor's largest, has factor 0: no code of it says anything, and 1 / s would
/// blow up. (The MCUNet models have channels of scale 5e-7 / 127, up to 2^-18
/// of the largest.) `largest` is that of the tensor of which `type` is a part.
mlir::Value createScales(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::RankedTensorType shape, mlir::Type element,
                         mlir::quant::QuantizedType type, ScalePower power,
                         std::optional<llvm::APFloat> largest);

/// The largest scale of `type`.
double getLargestScale(mlir::quant::QuantizedType type);

/// Codes, as floats, without their zero point.
mlir::Value createCentred(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::Value codes, mlir::quant::QuantizedType type);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_SCALING_H
