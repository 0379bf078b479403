//===- FixedPoint.cpp - TensorFlow Lite's integers --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// tensorflow/lite/kernels/internal/{quantization_util.cc,common.h} and
// gemmlowp's fixedpoint.h, in plain C++.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/FixedPoint.h"

#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace coppice::reference;
using fixedpoint::Multiplier;

Multiplier fixedpoint::quantizeMultiplier(double real) {
  Multiplier result;
  if (real == 0)
    return result;
  double fraction = std::frexp(real, &result.shift);
  result.value =
      static_cast<int64_t>(std::round(fraction * 2147483648.0 /* 2^31 */));
  if (result.value == INT64_C(1) << 31) {
    result.value /= 2;
    ++result.shift;
  }
  // The limits of QuantizeMultiplier: 32 bits cannot be shifted further.
  if (result.shift > 30)
    return {INT32_MAX, 30};
  return result.shift < -31 ? Multiplier() : result;
}

static int64_t roundingDoublingHighMul(int64_t a, int64_t b) {
  int64_t product = a * b;
  int64_t nudge = product >= 0 ? INT64_C(1) << 30 : 1 - (INT64_C(1) << 30);
  return (product + nudge) / (INT64_C(1) << 31);
}

static int64_t roundingDivideByPOT(int64_t x, int exponent) {
  int64_t mask = (INT64_C(1) << exponent) - 1;
  int64_t remainder = x & mask, threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

int64_t fixedpoint::multiply(int64_t x, Multiplier by) {
  int left = std::max(by.shift, 0), right = std::max(-by.shift, 0);
  // An overflow, which is undefined in C, saturates.
  int64_t shifted = saturate32(x * (INT64_C(1) << left));
  return roundingDivideByPOT(roundingDoublingHighMul(shifted, by.value), right);
}

int64_t fixedpoint::saturate32(int64_t x) {
  return std::clamp<int64_t>(x, INT32_MIN, INT32_MAX);
}

Multiplier fixedpoint::divideMultiplier(Multiplier by, int64_t count) {
  int shift = 63 - static_cast<int>(countl_zero(static_cast<uint64_t>(count)));
  shift = std::min({shift, 32, 31 + by.shift});
  return {(by.value << shift) / count, by.shift - shift};
}

int64_t fixedpoint::divideRounded(int64_t sum, int64_t count) {
  return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}
