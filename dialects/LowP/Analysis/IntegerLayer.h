//===- IntegerLayer.h - Which ops have an integer form ----------*- C++ -*-===//
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
// Which ops have a form on codes: fusing, verifying and lowering ask here
//===----------------------------------------------------------------------===//

/// What `op` says as a `CodesOpInterface`; none where it is no such op.
IntegerForm getIntegerForm(mlir::Operation *op);
std::optional<FixedPointFunction> getFixedPointFunction(mlir::Operation *op);

/// The most elements that are normalized at once: sums of their squares fit 64
/// bits.
inline constexpr int64_t kMostNormalized = 1 << 14;

/// Whether codes have one scale and few enough bits for integer sums.
bool isSummable(mlir::quant::QuantizedType type);
/// Whether codes have one scale and 256 values.
bool isByte(mlir::quant::QuantizedType type);
/// The operand that alone decides about the result of an elementwise op on
/// codes, which is then a table of 256; null where there is no such.
mlir::Value getOnlyByte(mlir::Operation *op);
/// The axis of a weight, operand 1 of a sum of products, that its output
/// channels run along.
int64_t getChannelAxis(mlir::Operation *op);
/// Whether the scales along an axis of the operands are those of the result,
/// index by index: then codes may move as they are.
bool movesChannels(mlir::Operation *op);
/// Whether codes of `from` are those of `to`, in a range that may be narrower.
bool holdsSameCodes(mlir::quant::QuantizedType from,
                    mlir::quant::QuantizedType to);
/// Whether codes of `from` become those of `to` by adding integers and
/// saturating: one scale, and room for 32 bits.
bool haveOneScale(mlir::quant::QuantizedType from,
                  mlir::quant::QuantizedType to);

//===----------------------------------------------------------------------===//
// What cannot be computed on codes, and why
//===----------------------------------------------------------------------===//

/// Why `op`, an op on real values, cannot become one on codes; empty where it
/// can. Looks at the op and at where its operands come from, not at its users.
std::string whyNotInteger(mlir::Operation *op);

/// Why TensorFlow Lite's integers cannot compute `op`, whose operands are codes
/// or dequantized, with codes of `result`; empty where they can.
std::string whyNotFixedPoint(mlir::Operation *op,
                             mlir::quant::QuantizedType result);

/// Why codes of `input`, normalized over the last axis, cannot be scaled by
/// `gamma` and shifted by `beta` while they are rescaled to `result`; empty
/// where they can.
std::string whyNotLayerNorm(mlir::RankedTensorType input,
                            mlir::quant::QuantizedType result,
                            llvm::ArrayRef<double> gamma,
                            llvm::ArrayRef<double> beta);

/// Whether exact arithmetic computes `op`, a layer on codes, in double
/// precision; else it moves, compares, adds or looks up integers.
bool rescalesInDouble(mlir::Operation *op);

/// The one integer that constant codes hold, dequantized or not; else null.
mlir::IntegerAttr getSplatCode(mlir::Value value);

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_ANALYSIS_INTEGERLAYER_H
