//===- Resize.cpp - Resampling ----------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Ops.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::Operation;

/// The source of one output index of an axis: two input indices and the weight
/// of the second. The indices are equal if there is no interpolation.
struct Source {
  int64_t first, second;
  double share;
};

/// The formulas of ONNX's Resize, operator set 19: computes x_original from
/// x_resized.
template <typename Real, typename OpT>
static Real toInput(OpT op, Real x, double givenScale, int64_t from,
                    int64_t to) {
  auto scale = static_cast<Real>(givenScale);
  Real half = 0.5;
  switch (op.getCoordinate()) {
  case nn::ResizeCoordinate::half_pixel:
    return (x + half) / scale - half;
  case nn::ResizeCoordinate::pytorch_half_pixel:
    return to > 1 ? (x + half) / scale - half : 0;
  case nn::ResizeCoordinate::tf_half_pixel_for_nn:
    return (x + half) / scale;
  case nn::ResizeCoordinate::asymmetric:
    return x / scale;
  case nn::ResizeCoordinate::align_corners: {
    // length_resized is the length before it is rounded down.
    double length = givenScale * static_cast<double>(from);
    if (std::fabs(length - static_cast<double>(to)) < 1e-6)
      length = static_cast<double>(to);
    return to == 1 ? 0
                   : x * static_cast<Real>(from - 1) /
                         static_cast<Real>(length - 1);
  }
  }
  return x;
}

static double toNearest(nn::ResizeRounding rounding, double x) {
  double below = std::floor(x), above = std::ceil(x);
  switch (rounding) {
  case nn::ResizeRounding::floor:
    return below;
  case nn::ResizeRounding::ceil:
    return above;
  case nn::ResizeRounding::round_prefer_floor:
    return x - below <= 0.5 ? below : above;
  case nn::ResizeRounding::round_prefer_ceil:
    return x - below < 0.5 ? below : above;
  }
  return x;
}

template <typename OpT>
static Source findSource(OpT op, int64_t o, double scale, int64_t from,
                         int64_t to) {
  if (scale == 1 && from == to)
    return {o, o, 0};
  auto inside = [&](double i) {
    return std::clamp<int64_t>(static_cast<int64_t>(i), 0, from - 1);
  };
  if (op.getMode() == nn::ResizeMode::nearest) {
    // nn.resize computes coordinates in single precision.
    auto x = toInput<float>(op, static_cast<float>(o), scale, from, to);
    int64_t nearest = inside(toNearest(op.getRounding(), x));
    return {nearest, nearest, 0};
  }
  auto x = toInput<double>(op, static_cast<double>(o), scale, from, to);
  double below = std::floor(x);
  return {inside(below), inside(below + 1), x - below};
}

/// Returns the sources of each index of the resampled tensor, for every axis.
template <typename OpT>
static SmallVector<SmallVector<Source>>
findSources(OpT op, ArrayRef<int64_t> in, ArrayRef<int64_t> out) {
  SmallVector<SmallVector<Source>> sources;
  for (auto [from, to, scale] : zip(in, out, op.getScales())) {
    SmallVector<Source> &axis = sources.emplace_back();
    for (int64_t o = 0; o < to; ++o)
      axis.push_back(findSource(op, o, scale, from, to));
  }
  return sources;
}

/// Puts the place of a corner around `index` into `at` and returns its share.
static double getCorner(ArrayRef<SmallVector<Source>> sources,
                        ArrayRef<int64_t> index, size_t corner,
                        MutableArrayRef<int64_t> at) {
  double share = 1;
  for (size_t axis = 0; axis < at.size(); ++axis) {
    const Source &source = sources[axis][index[axis]];
    bool second = corner >> axis & 1;
    at[axis] = second ? source.second : source.first;
    share *= second ? source.share : 1 - source.share;
  }
  return share;
}

/// The weights of TensorFlow Lite's ResizeBilinear have 10 bits.
static constexpr double kShares = 1024;

/// Each corner gets its share of the gradient.
static ReferenceTensor resizeGradient(nn::ResizeGradOp op,
                                      const ReferenceTensor &dy) {
  ReferenceTensor dx = zeros(shapeOf(op));
  auto sources = findSources(op, dx.shape, dy.shape);
  size_t rank = dx.shape.size();
  int64_t flat = 0;
  forEachIndex(dy.shape, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> at(rank);
    for (size_t corner = 0; corner < size_t(1) << rank; ++corner) {
      double share = getCorner(sources, index, corner, at);
      dx.reals[flatIndex(at, dx.shape)] += share * dy.reals[flat];
    }
    ++flat;
  });
  return dx;
}

/// Sums over the 2^rank corners around each element.
std::optional<ReferenceTensor> reference::evaluateResize(Operation *op,
                                                         Operands operands) {
  if (auto grad = dyn_cast<nn::ResizeGradOp>(op))
    return resizeGradient(grad, *operands[0]);
  auto resize = dyn_cast<nn::ResizeOp>(op);
  if (!resize)
    return std::nullopt;
  const ReferenceTensor &x = *operands[0];
  ReferenceTensor y = emptied(x, resize.getType().getShape());
  y.op = "resize";
  bool linear = resize.getMode() == nn::ResizeMode::linear;
  bool fixed = linear && x.isFixed() && x.counts.empty() && x.bits <= 8 &&
               !x.sums.empty() && all_equal(x.scales);
  ArrayRef<double> scales = resize.getScales();
  double one = 1;
  for (double scale : scales)
    one *= scale != 1 ? kShares : 1;
  SmallVector<SmallVector<Source>> sources =
      findSources(resize, x.shape, y.shape);
  size_t rank = x.shape.size();
  forEachIndex(y.shape, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> at(rank);
    double real = 0;
    int64_t sum = 0;
    for (size_t corner = 0; corner < size_t(1) << rank; ++corner) {
      double share = getCorner(sources, index, corner, at);
      int64_t integer = 1;
      for (size_t axis = 0; axis < rank; ++axis) {
        const Source &source = sources[axis][index[axis]];
        bool second = corner >> axis & 1;
        if (scales[axis] == 1) {
          integer *= second ? 0 : 1;
          continue;
        }
        auto part = static_cast<int64_t>(std::lround(source.share * kShares));
        integer *= second ? part : static_cast<int64_t>(kShares) - part;
      }
      int64_t i = flatIndex(at, x.shape);
      if (!linear && corner == 0)
        return append(y, x, i);
      real += share != 0 ? share * x.reals[i] : 0;
      sum += fixed ? integer * x.sums[i] : 0;
    }
    y.reals.push_back(real);
    if (!fixed)
      return;
    y.sums.push_back(sum);
    y.scales.push_back(x.scales.front() / one);
  });
  return y;
}
