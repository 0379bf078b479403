//===- FixedPoint.h - TensorFlow Lite's arithmetic --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_CONVERSION_NNTOLINALG_FIXEDPOINT_H
#define COPPICE_LIB_CONVERSION_NNTOLINALG_FIXEDPOINT_H

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace coppice {

/// TensorFlow Lite's form of a non-negative factor: multiplier 2^(shift - 31).
/// A factor below 2^-32 is 0.
struct FixedPoint {
  int32_t multiplier;
  int shift;
};
FixedPoint toFixedPoint(double factor);

/// Returns factor / count, as in TensorFlow Lite's means (QuantizedMeanOrSum).
FixedPoint divide(FixedPoint factor, int64_t count);

/// Builds gemmlowp's fixed-point arithmetic on scalars, and some functions that
/// it lacks.
class FixedPointBuilder {
public:
  FixedPointBuilder(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}

  mlir::Value constant(int64_t value, unsigned width = 32);
  /// Extends or truncates to `width` bits.
  mlir::Value resize(mlir::Value x, unsigned width);
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value sub(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value shiftLeft(mlir::Value x, int64_t bits);
  /// Shifts right, rounding toward minus infinity.
  mlir::Value shiftRight(mlir::Value x, int64_t bits);
  mlir::Value isNegative(mlir::Value x);
  mlir::Value isAtLeast(mlir::Value x, mlir::Value y);
  mlir::Value select(mlir::Value condition, mlir::Value x, mlir::Value y);

  /// `x` of i64 in i32, saturated.
  mlir::Value saturate(mlir::Value x);
  /// x + y in i32, saturated.
  mlir::Value saturatingAdd(mlir::Value x, mlir::Value y);
  /// x 2^bits in i32, saturated, for bits in [0, 31]. An overflow is undefined
  /// in TensorFlow Lite's C.
  mlir::Value saturatingShiftLeft(mlir::Value x, mlir::Value bits);
  /// round(x y / 2^31) in i32, half away from zero. `y` is never -2^31, so the
  /// product is never 2^62.
  mlir::Value roundingDoublingHighMul(mlir::Value x, mlir::Value y);
  /// round(x / 2^exponent) in i32, half away from zero.
  mlir::Value roundingDivideByPOT(mlir::Value x, mlir::Value exponent);
  /// x factor in i32: MultiplyByQuantizedMultiplier.
  mlir::Value multiply(mlir::Value x, FixedPoint factor);
  /// x / y of one width, half away from zero; `y` is positive.
  mlir::Value divideRounded(mlir::Value x, mlir::Value y);
  /// The largest integer whose square is not above `x`, which is in i64 and not
  /// negative.
  mlir::Value squareRoot(mlir::Value x);
  /// floor(2^24 log2(x)) of a positive x in i64, up to the last bits.
  mlir::Value log2(mlir::Value x);

private:
  mlir::OpBuilder &b;
  mlir::Location loc;
};

} // namespace coppice

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_FIXEDPOINT_H
