//===- Requantize.h - Arithmetic that rescales sums to codes ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_IR_REQUANTIZE_H
#define COPPICE_DIALECTS_LOWP_IR_REQUANTIZE_H

#include "dialects/Coppice/IR/Names.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/Operation.h"

#include <optional>

namespace coppice::lowp {

/// The arithmetic of layers on codes.
enum class Requantize {
  /// The op between real numbers in double precision, rounded half to even.
  Exact,
  /// Integers alone, as in TensorFlow Lite's reference kernels: a 31-bit
  /// multiplier and a shift, rounded twice.
  TFLite
};

/// Returns nullopt if no arithmetic has that name.
std::optional<Requantize> symbolizeRequantize(llvm::StringRef name);

/// Returns the arithmetic of the module that `op` is in.
Requantize getRequantize(mlir::Operation *op);

/// Whether a bias whose codes have scale `own` can be added to sums of scale
/// `products` unchanged: the two scales are equal up to rounding to f32.
bool isBiasScale(double own, double products);

/// Returns the largest |code - zero point|.
int64_t getLargestMagnitude(mlir::quant::QuantizedType type);

/// Returns the largest |code - zero point| of a factor with which a sum of
/// `products` products with codes of `type` fits i32, whatever the codes.
int64_t getLargestFactor(mlir::quant::QuantizedType type, int64_t products);

/// Whether |sum of `products` products| fits i32, whatever the codes.
bool fitsAccumulator(mlir::quant::QuantizedType lhs,
                     mlir::quant::QuantizedType rhs, int64_t products);

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_IR_REQUANTIZE_H
