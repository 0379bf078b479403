//===- Compare.cpp - A result beside the reference's ------------*- C++ -*-===//
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

/// A unit in the last place of 1.
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

/// What sums in another order, and functions within a few units, come to.
static constexpr double kUnits = 64, kSpread = 16;

/// How far element i may be from the exact one.
static double spread(ArrayRef<const ReferenceTensor *> runs, int64_t i) {
  double most = 0;
  for (const ReferenceTensor *run : runs.drop_front()) {
    double distance = std::abs(run->reals[i] - runs.front()->reals[i]);
    // Infinities of one sign.
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
    // Where rounding decides whether there is a number at all.
    if (!equal && !std::isnan(distance))
      return formatv("has {0} at {1} where the reference has {2}",
                     format("%.17g", is), i, format("%.17g", should));
  }
  return "";
}
