//===- Compare.cpp - Compares results with the reference --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Compare.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;
using reference::ReferenceTensor;
using runtime::ElementKind;

/// Returns a unit in the last place of 1.
static double unit(ElementKind kind) {
  switch (kind) {
  case ElementKind::F16:
    return 0x1p-10;
  case ElementKind::BF16:
    return 0x1p-7;
  case ElementKind::F32:
    return 0x1p-23;
  case ElementKind::F64:
    return 0x1p-52;
  default:
    return 0;
  }
}

/// Tolerances: the units in the last place that another order of sums and
/// approximated functions make, and the factor of the spread of the runs.
static constexpr double kUnits = 64, kSpread = 16;

/// Returns how far element i of the runs is from the exact element.
static double spread(ArrayRef<const ReferenceTensor *> runs, int64_t i) {
  double most = 0;
  for (const ReferenceTensor *run : runs.drop_front()) {
    double distance = std::abs(run->reals[i] - runs.front()->reals[i]);
    // Infinities of the same sign are equal.
    if (run->reals[i] == runs.front()->reals[i])
      distance = 0;
    if (!(distance <= most))
      most = distance;
  }
  return most;
}

std::string random_graphs::compare(const runtime::HostTensor &got,
                                   ArrayRef<const ReferenceTensor *> runs) {
  const ReferenceTensor &exact = *runs.front();
  if (got.size() != exact.size())
    return formatv("has {0} elements where the reference has {1}", got.size(),
                   exact.size());
  double largest = 0;
  for (double real : exact.reals)
    if (std::isfinite(real))
      largest = std::max(largest, std::abs(real));
  bool real = runtime::isFloat(got.getKind());
  for (int64_t i = 0; i < got.size(); ++i) {
    double should = exact.reals[i], is = got.getAsDouble(i);
    double distance = spread(runs, i);
    bool equal;
    if (!real)
      equal = distance == 0 && !exact.integers.empty()
                  ? got.getAsInteger(i) == exact.integers[i]
                  : std::abs(is - should) <= 2 * distance;
    else
      equal = is == should || (std::isnan(is) && std::isnan(should)) ||
              std::abs(is - should) <=
                  kUnits * unit(got.getKind()) * largest + kSpread * distance;
    // The spread is NaN if rounding decides whether the element is a number.
    if (!equal && !std::isnan(distance))
      return formatv("has {0} at {1} where the reference has {2}",
                     format("%.17g", is), i, format("%.17g", should));
  }
  return "";
}
