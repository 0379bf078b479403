//===- IntegerLayer.h - Which ops have an integer form ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_TRANSFORMS_INTEGERLAYER_H
#define COPPICE_DIALECTS_LOWP_TRANSFORMS_INTEGERLAYER_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace coppice::lowp {

/// Why `op`, an op on real values, cannot become one on codes; empty where it
/// can. Looks at the op and at where its operands come from, not at its users.
std::string whyNotInteger(mlir::Operation *op);

/// Why TensorFlow Lite's integers cannot compute `op`, whose operands are codes
/// or dequantized, with codes of `result`; empty where they can.
std::string whyNotFixedPoint(mlir::Operation *op,
                             mlir::quant::QuantizedType result);

/// Whether those of an elementwise op's kind are computed by fixed point: any
/// other that reads one byte is a table.
bool hasFixedPointForm(mlir::Operation *op);

/// The one integer that constant codes hold, dequantized or not; else null.
mlir::IntegerAttr getSplatCode(mlir::Value value);

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_TRANSFORMS_INTEGERLAYER_H
