//===- Geometry.cpp - Shapes that kernels read and write --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Geometry.h"

using namespace mlir;
using namespace coppice::nn;

Type coppice::nn::getAccumulatorType(Type element) {
  if (isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32)
    return Float32Type::get(element.getContext());
  return element;
}

std::optional<int64_t> coppice::nn::countProducts(Operation *op) {
  auto contraction = dyn_cast<ContractionOpInterface>(op);
  return contraction ? contraction.countProducts() : std::nullopt;
}

SmallVector<int64_t> coppice::nn::reachedPads(ArrayRef<int64_t> inputShape,
                                              ArrayRef<int64_t> resultShape,
                                              ArrayRef<int64_t> kernel,
                                              ArrayRef<int64_t> strides,
                                              ArrayRef<int64_t> pads,
                                              ArrayRef<int64_t> dilations) {
  SmallVector<int64_t> result(pads);
  for (int i = 0; i < 2; ++i) {
    int64_t reach = (resultShape[1 + i] - 1) * strides[i] +
                    (kernel[i] - 1) * dilations[i] + 1;
    result[2 + i] = std::max<int64_t>(0, reach - inputShape[1 + i] - pads[i]);
  }
  return result;
}

RankedTensorType coppice::nn::padSpatial(RankedTensorType image,
                                         ArrayRef<int64_t> pads) {
  SmallVector<int64_t> shape(image.getShape());
  shape[1] += pads[0] + pads[2];
  shape[2] += pads[1] + pads[3];
  return image.clone(shape);
}

SpatialSpread coppice::nn::spreadSpatial(ArrayRef<int64_t> from,
                                         ArrayRef<int64_t> low,
                                         ArrayRef<int64_t> extents,
                                         ArrayRef<int64_t> strides) {
  SpatialSpread spread;
  spread.starts.assign(4, 0);
  spread.at.assign(4, 0);
  spread.strides = {1, strides[0], strides[1], 1};
  spread.sizes.assign(from.begin(), from.end());
  spread.shape = spread.sizes;
  for (int i = 0; i < 2; ++i) {
    int64_t first =
        low[i] < 0 ? llvm::divideCeilSigned(-low[i], strides[i]) : 0;
    int64_t end = std::min(
        from[1 + i],
        llvm::divideFloorSigned(extents[i] - 1 - low[i], strides[i]) + 1);
    spread.starts[1 + i] = first;
    spread.sizes[1 + i] = std::max<int64_t>(0, end - first);
    spread.at[1 + i] = low[i] + first * strides[i];
    spread.shape[1 + i] = extents[i];
  }
  spread.offset = {-low[0], -low[1]};
  spread.isDense = strides[0] == 1 && strides[1] == 1;
  spread.isPart = spread.isDense && spread.sizes == spread.shape;
  return spread;
}

/// dx[h] = sum of dy[(h + top - kh d) / s] w[kh] over the kh for which the
/// division is exact. With stride 1 this is the convolution of the padded dy
/// with the reversed weight. With stride s, the rows h = s i + r of one phase r
/// use every s-th tap and are a gradient of stride 1. With dilated taps, the
/// zeros between the rows of dy are multiplied too.
std::vector<InputGradPhase> coppice::nn::getPhases(Conv2DInputGradOp op) {
  ArrayRef<int64_t> shape = cast<ShapedType>(op.getType()).getShape();
  ArrayRef<int64_t> dy = cast<ShapedType>(op.getDy().getType()).getShape();
  ArrayRef<int64_t> kernel =
      cast<ShapedType>(op.getWeight().getType()).getShape().take_front(2);
  ArrayRef<int64_t> s = op.getStrides(), d = op.getDilations();
  int64_t counts[] = {d[0] == 1 ? s[0] : 1, d[1] == 1 ? s[1] : 1};
  std::vector<InputGradPhase> phases;
  for (int64_t p = 0; p < counts[0]; ++p)
    for (int64_t q = 0; q < counts[1]; ++q) {
      InputGradPhase phase;
      phase.offset = {p, q};
      std::array<int64_t, 2> low, extents, strides;
      for (int i = 0; i < 2; ++i) {
        int64_t count = counts[i], top = op.getPads()[i];
        int64_t first = (phase.offset[i] + top) % count;
        phase.step[i] = count;
        phase.tapStep[i] = count;
        phase.firstTap[i] = first;
        phase.taps[i] = llvm::divideCeilSigned(kernel[i] - first, count);
        phase.sizes[i] =
            llvm::divideCeilSigned(shape[1 + i] - phase.offset[i], count);
        int64_t reach = (phase.taps[i] - 1) * d[i];
        low[i] = reach - (phase.offset[i] + top - first) / count;
        extents[i] = phase.sizes[i] + reach;
        // If the phase divided the stride out, dy needs no zeros between its
        // rows.
        strides[i] = count == 1 ? s[i] : 1;
      }
      if (phase.taps[0] <= 0 || phase.taps[1] <= 0 || phase.sizes[0] <= 0 ||
          phase.sizes[1] <= 0)
        continue;
      phase.dy = spreadSpatial(dy, low, extents, strides);
      phases.push_back(std::move(phase));
    }
  return phases;
}

std::optional<InputGradPhase> coppice::nn::getOnlyPhase(Conv2DInputGradOp op) {
  std::vector<InputGradPhase> phases = getPhases(op);
  ArrayRef<int64_t> shape = op.getType().getShape();
  if (phases.size() != 1 || phases[0].sizes[0] != shape[1] ||
      phases[0].sizes[1] != shape[2])
    return std::nullopt;
  return phases[0];
}

SmallVector<int64_t> coppice::nn::reversedWeightShape(ArrayRef<int64_t> weight,
                                                      int64_t groups,
                                                      ArrayRef<int64_t> taps) {
  SmallVector<int64_t> shape{taps[0], taps[1], weight[3] / groups};
  if (groups != 1)
    shape.push_back(groups);
  shape.push_back(weight[2]);
  return shape;
}

bool coppice::nn::coversImage(ArrayRef<int64_t> input, ArrayRef<int64_t> result,
                              ArrayRef<int64_t> kernel,
                              ArrayRef<int64_t> dilations) {
  return result[1] == 1 && result[2] == 1 && kernel[0] == input[1] &&
         kernel[1] == input[2] && dilations[0] == 1 && dilations[1] == 1;
}

SpatialSpread coppice::nn::spreadWindows(AvgPool2DGradOp op) {
  ArrayRef<int64_t> dy = cast<ShapedType>(op.getDy().getType()).getShape();
  ArrayRef<int64_t> shape = cast<ShapedType>(op.getType()).getShape();
  SmallVector<int64_t> low, extents;
  for (int i = 0; i < 2; ++i) {
    int64_t reach = (op.getKernel()[i] - 1) * op.getDilations()[i];
    low[i] = reach - op.getPads()[i];
    extents[i] = shape[1 + i] + reach;
  }
  return spreadSpatial(dy, low, extents, op.getStrides());
}

/// Returns the number of elements of each window along axis `i` (0 or 1);
/// `border` is the number of padding rows before and after the image in an
/// image of `extent`.
template <typename OpT>
static SmallVector<int64_t> countInWindows(OpT op, int i, int64_t extent,
                                           int64_t results,
                                           std::array<int64_t, 2> border) {
  SmallVector<int64_t> counts;
  for (int64_t o = 0; o < results; ++o) {
    int64_t count = 0;
    for (int64_t k = 0; k < op.getKernel()[i]; ++k) {
      int64_t at =
          o * op.getStrides()[i] + k * op.getDilations()[i] - op.getPads()[i];
      count += op.getCountIncludePad() ||
               (at >= border[0] && at < extent - border[1]);
    }
    counts.push_back(count);
  }
  return counts;
}

template <typename OpT>
static SmallVector<double> getSizes(OpT op, ArrayRef<int64_t> image,
                                    ArrayRef<int64_t> result,
                                    ArrayRef<int64_t> border) {
  SmallVector<int64_t> rows = countInWindows(op, 0, image[1], result[1],
                                             {border[0], border[2]}),
                       columns = countInWindows(op, 1, image[2], result[2],
                                                {border[1], border[3]});
  SmallVector<double> sizes;
  for (int64_t h : rows)
    for (int64_t w : columns)
      sizes.push_back(static_cast<double>(h * w));
  return sizes;
}

SmallVector<double> coppice::nn::getWindowSizes(AvgPool2DOp op) {
  return getSizes(op, op.getInput().getType().getShape(),
                  op.getType().getShape(), op.getBorder());
}

SmallVector<double> coppice::nn::getWindowSizes(AvgPool2DGradOp op) {
  return getSizes(op, cast<ShapedType>(op.getType()).getShape(),
                  op.getDy().getType().getShape(), {0, 0, 0, 0});
}

bool coppice::nn::hasSplitChannels(ArrayRef<int64_t> weight, int64_t groups) {
  bool depthwise = weight[2] == 1 && weight[3] == groups;
  return groups != 1 && !depthwise;
}

bool coppice::nn::isReversed(ArrayRef<int64_t> strides) {
  return llvm::any_of(strides, [](int64_t stride) { return stride < 0; });
}

SmallVector<int64_t> coppice::nn::keptShape(ArrayRef<int64_t> shape,
                                            ArrayRef<int64_t> axes) {
  SmallVector<int64_t> result(shape);
  for (int64_t axis : axes)
    result[axis] = 1;
  return result;
}

SmallVector<ResampledAxis>
coppice::nn::getResampledAxes(ArrayRef<int64_t> from, ArrayRef<int64_t> to,
                              ArrayRef<double> scales) {
  SmallVector<ResampledAxis> axes;
  SmallVector<int64_t> shape(from);
  for (auto [axis, scale] : llvm::enumerate(scales)) {
    if (scale == 1.0)
      continue;
    shape[axis] = to[axis];
    axes.push_back({static_cast<int64_t>(axis), shape});
  }
  return axes;
}
