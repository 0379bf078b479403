//===- FixedPoint.cpp - TensorFlow Lite's arithmetic ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/FixedPoint.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace coppice;

//===----------------------------------------------------------------------===//
// Factors
//===----------------------------------------------------------------------===//

FixedPoint coppice::toFixedPoint(double factor) {
  if (factor == 0)
    return {0, 0};
  int shift;
  double fraction = std::frexp(factor, &shift);
  auto multiplier =
      static_cast<int64_t>(std::round(fraction * double(int64_t(1) << 31)));
  if (multiplier == int64_t(1) << 31) {
    multiplier /= 2;
    ++shift;
  }
  if (shift < -31)
    return {0, 0};
  // As in TensorFlow Lite: 32 bits are not shifted further.
  if (shift > 30)
    return {INT32_MAX, 30};
  return {static_cast<int32_t>(multiplier), shift};
}

FixedPoint coppice::divide(FixedPoint factor, int64_t count) {
  // The shift makes up for the bits that the multiplier loses, within the range
  // of shifts.
  int shift = static_cast<int>(llvm::Log2_64(static_cast<uint64_t>(count)));
  shift = std::min({shift, 32, 31 + factor.shift});
  return {static_cast<int32_t>((int64_t(factor.multiplier) << shift) / count),
          factor.shift - shift};
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

Value FixedPointBuilder::constant(int64_t value, unsigned width) {
  return arith::ConstantIntOp::create(b, loc, value, width);
}

Value FixedPointBuilder::resize(Value x, unsigned width) {
  unsigned from = x.getType().getIntOrFloatBitWidth();
  if (from == width)
    return x;
  Type type = b.getIntegerType(width);
  if (from < width)
    return arith::ExtSIOp::create(b, loc, type, x);
  return arith::TruncIOp::create(b, loc, type, x);
}

Value FixedPointBuilder::add(Value x, Value y) {
  return arith::AddIOp::create(b, loc, x, y);
}
Value FixedPointBuilder::sub(Value x, Value y) {
  return arith::SubIOp::create(b, loc, x, y);
}
Value FixedPointBuilder::mul(Value x, Value y) {
  return arith::MulIOp::create(b, loc, x, y);
}
Value FixedPointBuilder::shiftLeft(Value x, int64_t bits) {
  return arith::ShLIOp::create(
      b, loc, x, constant(bits, x.getType().getIntOrFloatBitWidth()));
}
Value FixedPointBuilder::shiftRight(Value x, int64_t bits) {
  return arith::ShRSIOp::create(
      b, loc, x, constant(bits, x.getType().getIntOrFloatBitWidth()));
}

Value FixedPointBuilder::isNegative(Value x) {
  return arith::CmpIOp::create(
      b, loc, arith::CmpIPredicate::slt, x,
      constant(0, x.getType().getIntOrFloatBitWidth()));
}
Value FixedPointBuilder::isAtLeast(Value x, Value y) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, x, y);
}
Value FixedPointBuilder::select(Value condition, Value x, Value y) {
  return arith::SelectOp::create(b, loc, condition, x, y);
}

//===----------------------------------------------------------------------===//
// gemmlowp
//===----------------------------------------------------------------------===//

Value FixedPointBuilder::saturate(Value x) {
  x = arith::MaxSIOp::create(b, loc, x, constant(INT32_MIN, 64));
  x = arith::MinSIOp::create(b, loc, x, constant(INT32_MAX, 64));
  return resize(x, 32);
}

Value FixedPointBuilder::saturatingAdd(Value x, Value y) {
  return saturate(add(resize(x, 64), resize(y, 64)));
}

Value FixedPointBuilder::saturatingShiftLeft(Value x, Value bits) {
  return saturate(
      arith::ShLIOp::create(b, loc, resize(x, 64), resize(bits, 64)));
}

Value FixedPointBuilder::roundingDoublingHighMul(Value x, Value y) {
  Value product = mul(resize(x, 64), resize(y, 64));
  Value nudge = select(isNegative(product), constant(1 - (1LL << 30), 64),
                       constant(1LL << 30, 64));
  Value sum = add(product, nudge);
  // Division by 2^31 that truncates.
  Value bias =
      select(isNegative(sum), constant((1LL << 31) - 1, 64), constant(0, 64));
  return resize(shiftRight(add(sum, bias), 31), 32);
}

Value FixedPointBuilder::roundingDivideByPOT(Value x, Value exponent) {
  Value one = constant(1), zero = constant(0);
  // 2^31 - 1 at exponent 31: the shift wraps as it does in C.
  Value mask = sub(arith::ShLIOp::create(b, loc, one, exponent), one);
  Value remainder = arith::AndIOp::create(b, loc, x, mask);
  Value threshold = add(arith::ShRSIOp::create(b, loc, mask, one),
                        select(isNegative(x), one, zero));
  Value up = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, remainder,
                                   threshold);
  return add(arith::ShRSIOp::create(b, loc, x, exponent),
             select(up, one, zero));
}

Value FixedPointBuilder::multiply(Value x, FixedPoint factor) {
  if (factor.shift > 0)
    x = saturatingShiftLeft(x, constant(factor.shift));
  x = roundingDoublingHighMul(x, constant(factor.multiplier));
  return factor.shift < 0 ? roundingDivideByPOT(x, constant(-factor.shift)) : x;
}

//===----------------------------------------------------------------------===//
// Division, root and logarithm
//===----------------------------------------------------------------------===//

Value FixedPointBuilder::divideRounded(Value x, Value y) {
  Value half = shiftRight(y, 1);
  Value moved = select(isNegative(x), sub(x, half), add(x, half));
  // Truncates towards zero.
  return arith::DivSIOp::create(b, loc, moved, y);
}

Value FixedPointBuilder::squareRoot(Value x) {
  // Computes the root digit by digit in base 4, without a division, and without
  // a loop that would prevent vectorization.
  Value root = constant(0, 64);
  for (int bit = 62; bit >= 0; bit -= 2) {
    Value digit = constant(int64_t(1) << bit, 64);
    Value trial = add(root, digit);
    Value fits = isAtLeast(x, trial);
    x = select(fits, sub(x, trial), x);
    root = shiftRight(root, 1);
    root = select(fits, add(root, digit), root);
  }
  return root;
}

Value FixedPointBuilder::log2(Value x) {
  // x = m 2^(n - 30) with m in [2^30, 2^31); squaring m doubles its logarithm,
  // one bit of which is then its integer part.
  Value zeros = math::CountLeadingZerosOp::create(b, loc, x);
  Value n = sub(constant(63, 64), zeros);
  Value left = arith::ShLIOp::create(b, loc, x, zeros);
  // The highest bit is set: shift in zeros.
  Value m = arith::ShRUIOp::create(b, loc, left, constant(33, 64));
  Value result = n;
  for (int i = 0; i < 24; ++i) {
    m = shiftRight(mul(m, m), 30);
    Value carry = shiftRight(m, 31);
    m = arith::ShRSIOp::create(b, loc, m, carry);
    result = add(shiftLeft(result, 1), carry);
  }
  return result;
}
