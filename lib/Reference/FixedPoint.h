//===- FixedPoint.h - TensorFlow Lite's integers ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The arithmetic that `coppice quantcheck` compares with. It shares no code
// with the compiler.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REFERENCE_FIXEDPOINT_H
#define COPPICE_LIB_REFERENCE_FIXEDPOINT_H

#include <cstdint>

namespace coppice::reference::fixedpoint {

/// value 2^(shift - 31).
struct Multiplier {
  int64_t value = 0;
  int shift = 0;
};

/// QuantizeMultiplier of a number that is not negative.
Multiplier quantizeMultiplier(double real);
/// MultiplyByQuantizedMultiplier. The left shift wraps, as in C.
int64_t multiply(int64_t x, Multiplier by);
int64_t saturate32(int64_t x);
/// QuantizedMeanOrSum: 1 / count is multiplied into the multiplier.
Multiplier divideMultiplier(Multiplier by, int64_t count);
/// AveragePool: half away from zero.
int64_t divideRounded(int64_t sum, int64_t count);

} // namespace coppice::reference::fixedpoint

#endif // COPPICE_LIB_REFERENCE_FIXEDPOINT_H
