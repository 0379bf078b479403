//===- Requantize.h - Sums of products to codes -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_CONVERSION_NNTOLINALG_REQUANTIZE_H
#define COPPICE_LIB_CONVERSION_NNTOLINALG_REQUANTIZE_H

#include "dialects/LowP/IR/Requantize.h"
#include "lib/Conversion/NNToLinalg/Codes.h"
#include "lib/Conversion/NNToLinalg/FixedPoint.h"

namespace coppice {

/// The operands and the result of a layer that sums products of codes.
struct IntegerLayer {
  /// The sums in i32, with the channels along the last axis.
  mlir::Value sum;
  /// The codes of the bias, one per channel, or null.
  mlir::Value bias;
  mlir::quant::QuantizedType input, weight, biasType, result;
  lowp::Requantize mode;
};

/// Returns the codes of a layer's result.
mlir::Value requantize(LinalgBuilder &b, const IntegerLayer &layer);

} // namespace coppice

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_REQUANTIZE_H
