//===- IntegerLayer.h - Ops that have a form on codes -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_ANALYSIS_INTEGERLAYER_H
#define COPPICE_DIALECTS_LOWP_ANALYSIS_INTEGERLAYER_H

#include "dialects/LowP/Interfaces/CodesInterface.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

#include <optional>

namespace coppice::lowp {

//===----------------------------------------------------------------------===//
// Ops with a form on codes: fusing, verifying and lowering all call these
//===----------------------------------------------------------------------===//

/// Returns the form of `op` as a `CodesOpInterface`; `none` for any other op.
IntegerForm getIntegerForm(mlir::Operation *op);
std::optional<FixedPointFunction> getFixedPointFunction(mlir::Operation *op);

/// The largest number of elements that are normalized at once: sums of their
/// squares fit 64 bits.
inline constexpr int64_t kMostNormalized = 1 << 14;

/// Whether codes have one scale and few enough bits for integer sums.
bool isSummable(mlir::quant::QuantizedType type);
/// Whether codes have one scale and 256 values.
bool isByte(mlir::quant::QuantizedType type);
/// Returns the operand that alone decides the result of an elementwise op on
/// codes, which is then a table of 256; null if there is none.
mlir::Value getOnlyByte(mlir::Operation *op);
/// Returns the axis of the output channels of a weight, operand 1 of a sum of
/// products.
int64_t getChannelAxis(mlir::Operation *op);
/// Whether the scales along an axis of the operands equal those of the result,
/// index by index, so that the op can move the codes as they are.
bool movesChannels(mlir::Operation *op);
/// Whether the codes of `from` equal those of `to`, up to a narrower range.
bool holdsSameCodes(mlir::quant::QuantizedType from,
                    mlir::quant::QuantizedType to);
/// Whether codes of `from` become those of `to` by an addition of integers and
/// saturation: both have the same scale and fit 32 bits.
bool haveOneScale(mlir::quant::QuantizedType from,
                  mlir::quant::QuantizedType to);

//===----------------------------------------------------------------------===//
// Reasons why ops cannot be computed on codes
//===----------------------------------------------------------------------===//

/// Returns why `op`, an op on real values, cannot become one on codes; empty if
/// it can. Looks at the op and at the origin of its operands, not at its users.
std::string whyNotInteger(mlir::Operation *op);

/// Returns why TensorFlow Lite's integers cannot compute `op`, whose operands
/// are codes or dequantized, with codes of `result`; empty if they can.
std::string whyNotFixedPoint(mlir::Operation *op,
                             mlir::quant::QuantizedType result);

/// Returns why codes of `input`, normalized over the last axis, cannot be
/// scaled by `gamma` and shifted by `beta` while they are rescaled to `result`;
/// empty if they can.
std::string whyNotLayerNorm(mlir::RankedTensorType input,
                            mlir::quant::QuantizedType result,
                            llvm::ArrayRef<double> gamma,
                            llvm::ArrayRef<double> beta);

/// Whether exact arithmetic rescales the sums of `op`, a layer on codes, in
/// double precision. If not, the layer moves, compares, adds or looks up
/// integers.
bool rescalesInDouble(mlir::Operation *op);

/// Returns the integer that all elements of constant codes equal, dequantized
/// or not; else null.
mlir::IntegerAttr getSplatCode(mlir::Value value);

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_ANALYSIS_INTEGERLAYER_H
