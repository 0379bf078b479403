//===- Resize.cpp - Resampling to linalg ------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "lib/Conversion/NNToLinalg/FixedPoint.h"
#include "lib/Conversion/NNToLinalg/Lowering.h"
#include <cmath>

using namespace mlir;
using namespace coppice;

namespace {
/// The sources of each output element of one axis: two input indices and the
/// weight of the second.
struct AxisMap {
  SmallVector<int64_t> low, high;
  SmallVector<double> weight;
};
} // namespace

/// Returns the input coordinate of output index `o`, computed in `Real`.
template <typename Real>
static Real coordinate(nn::ResizeCoordinate mode, int64_t o, double givenScale,
                       int64_t from, int64_t to) {
  auto x = static_cast<Real>(o), scale = static_cast<Real>(givenScale);
  Real half = 0.5;
  switch (mode) {
  case nn::ResizeCoordinate::half_pixel:
    return (x + half) / scale - half;
  case nn::ResizeCoordinate::asymmetric:
    return x / scale;
  case nn::ResizeCoordinate::align_corners: {
    // The resized length is not rounded down. If the scale is a quotient of two
    // lengths, it gives the second one, up to rounding.
    double length = static_cast<double>(from) * givenScale;
    if (std::abs(length - static_cast<double>(to)) < 1e-6)
      length = static_cast<double>(to);
    return to == 1 ? Real(0)
                   : x * static_cast<Real>(from - 1) /
                         static_cast<Real>(length - 1);
  }
  case nn::ResizeCoordinate::pytorch_half_pixel:
    return to > 1 ? (x + half) / scale - half : Real(0);
  case nn::ResizeCoordinate::tf_half_pixel_for_nn:
    return (x + half) / scale;
  }
  return 0;
}

/// Returns the nearest input index, in single precision as ONNX Runtime does:
/// at ties another precision would take another neighbour.
static double nearest(nn::ResizeRounding rounding, float x) {
  switch (rounding) {
  case nn::ResizeRounding::round_prefer_floor:
    return std::ceil(x - 0.5);
  case nn::ResizeRounding::round_prefer_ceil:
    return std::floor(x + 0.5);
  case nn::ResizeRounding::floor:
    return std::floor(x);
  case nn::ResizeRounding::ceil:
    return std::ceil(x);
  }
  return x;
}

template <typename OpT>
static AxisMap axisMap(OpT op, int64_t from, int64_t to, double scale) {
  AxisMap map;
  auto clamp = [&](double x) {
    return static_cast<int64_t>(
        std::clamp(x, 0.0, static_cast<double>(from - 1)));
  };
  for (int64_t o = 0; o < to; ++o) {
    if (op.getMode() == nn::ResizeMode::nearest) {
      map.low.push_back(clamp(
          nearest(op.getRounding(),
                  coordinate<float>(op.getCoordinate(), o, scale, from, to))));
      continue;
    }
    auto x = coordinate<double>(op.getCoordinate(), o, scale, from, to);
    map.low.push_back(clamp(std::floor(x)));
    map.high.push_back(clamp(std::floor(x) + 1));
    map.weight.push_back(x - std::floor(x));
  }
  return map;
}

/// The fractional bits of a weight between integers, as in TensorFlow Lite's
/// ResizeBilinear.
static constexpr int kWeightBits = 10;

/// Returns the weights of an axis, in units of 1 / `one`.
static Value weightTable(LinalgBuilder &b, ArrayRef<double> weights,
                         Type element, double one) {
  auto count = static_cast<int64_t>(weights.size());
  if (isa<FloatType>(element))
    return b.table({count}, weights, element);
  SmallVector<int32_t> integers;
  for (double weight : weights)
    integers.push_back(static_cast<int32_t>(std::lround(weight * one)));
  return arith::ConstantOp::create(
      b, DenseIntElementsAttr::get(RankedTensorType::get({count}, element),
                                   integers));
}

/// Resamples `axis` of `x`, or returns `x`. With integer weights, the result is
/// 2^kWeightBits times as large.
static Value resampleAxis(LinalgBuilder &b, Value x, int64_t axis,
                          const AxisMap &axisMap) {
  SmallVector<int64_t> shape(b.shapeOf(x));
  shape[axis] = axisMap.low.size();
  Type element = b.elementOf(x);
  unsigned rank = shape.size();
  AffineMap onAxis = b.map(rank, {b.dim(axis)});
  auto read = [&](LinalgBuilder &body, Value index) -> Value {
    SmallVector<Value> from;
    for (unsigned i = 0; i < rank; ++i)
      from.push_back(i == axis ? arith::IndexCastOp::create(
                                     body, body.getIndexType(), index)
                                     .getResult()
                               : linalg::IndexOp::create(body, i).getResult());
    return tensor::ExtractOp::create(body, x, from);
  };
  Value low = b.table(axisMap.low);
  if (axisMap.weight.empty())
    return b.parallel(shape, element, low, onAxis,
                      [&](OpBuilder &body, Location loc, ValueRange args) {
                        LinalgBuilder inner(loc, body);
                        return read(inner, args[0]);
                      });
  Value high = b.table(axisMap.high);
  double one = isa<FloatType>(element) ? 1 : 1 << kWeightBits;
  Value weight = weightTable(b, axisMap.weight, element, one);
  return b.parallel(shape, element, {low, high, weight},
                    {onAxis, onAxis, onAxis},
                    [&](OpBuilder &body, Location loc, ValueRange args) {
                      LinalgBuilder inner(loc, body);
                      nn::ScalarExpr e(inner, loc, element, false);
                      Value first = read(inner, args[0]);
                      Value second = read(inner, args[1]);
                      Value rest = e.sub(e.constant(one), args[2]);
                      return e.add(e.mul(first, rest), e.mul(second, args[2]));
                    });
}

static Value lowerResize(LinalgBuilder &b, nn::ResizeOp op,
                         nn::ResizeOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  ArrayRef<int64_t> to = op.getType().getShape();
  for (const nn::ResampledAxis &step :
       nn::getResampledAxes(b.shapeOf(x), to, op.getScales())) {
    int64_t axis = step.axis, from = b.shapeOf(x)[axis];
    x = resampleAxis(b, x, axis,
                     axisMap(op, from, to[axis], op.getScales()[axis]));
  }
  return x;
}

static Value lowerResizeGrad(LinalgBuilder &b, nn::ResizeGradOp op,
                             nn::ResizeGradOp::Adaptor adaptor) {
  Value dy = adaptor.getDy();
  Type element = b.elementOf(dy);
  ArrayRef<int64_t> to = op.getType().getShape();
  for (const nn::ResampledAxis &step :
       nn::getResampledAxes(b.shapeOf(dy), to, op.getScales())) {
    int64_t axis = step.axis;
    SmallVector<int64_t> shape = step.shape, extents(b.shapeOf(dy));
    AxisMap map = axisMap(op, to[axis], extents[axis], op.getScales()[axis]);
    bool linear = !map.weight.empty();
    Value low = b.table(map.low), high, weight;
    if (linear) {
      high = b.table(map.high);
      weight = b.table({extents[axis]}, map.weight, element);
    }
    Value source = dy;
    dy = b.loops(
        extents, b.zeros(shape, element),
        [&](ValueRange at, Value dx) -> Value {
          nn::ScalarExpr e(b, b.getLoc(), element, false);
          Value amount = tensor::ExtractOp::create(b, source, at);
          auto scatter = [&](Value table, Value part) {
            SmallVector<Value> where(at);
            Value index = tensor::ExtractOp::create(b, table, at[axis]);
            where[axis] =
                arith::IndexCastOp::create(b, b.getIndexType(), index);
            Value old = tensor::ExtractOp::create(b, dx, where);
            dx = tensor::InsertOp::create(b, e.add(old, part), dx, where);
          };
          if (!linear) {
            scatter(low, amount);
            return dx;
          }
          Value second = tensor::ExtractOp::create(b, weight, at[axis]);
          Value first = e.sub(e.constant(1), second);
          scatter(low, e.mul(amount, first));
          scatter(high, e.mul(amount, second));
          return dx;
        });
  }
  return dy;
}

namespace {
/// Interpolates bytes by integers.
struct LinearOnCodes : OpConversionPattern<nn::ResizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ResizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    quant::QuantizedType from = lowp::getQuantizedType(op.getInput().getType()),
                         to = lowp::getQuantizedType(op.getType());
    if (!from || !to || op.getMode() != nn::ResizeMode::linear ||
        lowp::getRequantize(op) != lowp::Requantize::TFLite ||
        !lowp::whyNotFixedPoint(op, to).empty())
      return rewriter.notifyMatchFailure(op, "no interpolation of bytes");
    LinalgBuilder b(op.getLoc(), rewriter);
    CodeFormat read(from), write(to);
    Value x = b.pointwise(op.getInput().getType().getShape(), b.getI32Type(),
                          adaptor.getInput(),
                          [&](OpBuilder &body, Location loc, ValueRange args) {
                            return read.centred(body, loc, args[0], args);
                          });
    OpAdaptor centred(ValueRange{x}, op);
    Value sums = lowerResize(b, op, centred);
    auto axes = llvm::count_if(op.getScales(), [](double s) { return s != 1; });
    FixedPoint factor =
        toFixedPoint(std::ldexp(lowp::getScales(from).scales.front() /
                                    lowp::getScales(to).scales.front(),
                                static_cast<int>(-kWeightBits * axes)));
    rewriter.replaceOp(
        op, b.pointwise(op.getType().getShape(), write.getStorage(), sums,
                        [&](OpBuilder &body, Location loc, ValueRange args) {
                          Value y = FixedPointBuilder(body, loc).multiply(
                              args[0], factor);
                          return write.fromInteger(body, loc, y, args);
                        }));
    return success();
  }
};
} // namespace

void coppice::populateResizeLowering(RewritePatternSet &patterns,
                                     const TypeConverter &converter) {
  patterns.add<LinearOnCodes>(converter, patterns.getContext());
  addCodeLowerings(patterns, converter, lowerResize);
  addLowerings(patterns, converter, lowerResizeGrad);
}
