//===- LayerReference.cpp - Quantized layers, computed plainly --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/LayerReference.h"

#include "dialects/LowP/IR/LowP.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Driver/Diagnostics.h"
#include "lib/Driver/FixedPointReference.h"
#include "lib/Support/Elements.h"
#include "lib/Support/UserError.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace llvm;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;

namespace coppice::driver {

using namespace fixedpoint;

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// The index along `axis` of element i.
static int64_t alongAxis(ArrayRef<int64_t> shape, int64_t axis, int64_t i) {
  if (axis < 0)
    return 0;
  for (int64_t extent : shape.drop_front(axis + 1))
    i /= extent;
  return i % shape[axis];
}

static ReferenceTensor dequantize(ArrayRef<int64_t> shape,
                                  ArrayRef<int64_t> codes,
                                  mlir::quant::QuantizedType type) {
  lowp::Scales scales = lowp::getScales(type);
  ReferenceTensor result;
  result.shape.assign(shape.begin(), shape.end());
  for (auto [i, code] : enumerate(codes)) {
    int64_t channel = alongAxis(shape, scales.axis, i);
    result.sums.push_back(code - scales.zeroPoints[channel]);
    result.scales.push_back(scales.scales[channel]);
    result.reals.push_back(static_cast<double>(result.sums.back()) *
                           scales.scales[channel]);
  }
  result.zeroPoint = scales.zeroPoints.front();
  result.bits = type.getStorageTypeIntegralWidth();
  return result;
}

static ReferenceLayer quantize(const ReferenceTensor &x,
                               mlir::quant::QuantizedType type) {
  ReferenceLayer layer{x.op.empty() ? "requantize" : x.op, x.isKnown, {}, {}};
  lowp::Scales scales = lowp::getScales(type);
  for (size_t i = 0; x.isKnown && i < x.reals.size(); ++i) {
    int64_t channel = alongAxis(x.shape, scales.axis, i);
    double scale = scales.scales[channel];
    int64_t zero = scales.zeroPoints[channel];
    int64_t min = type.getStorageTypeMin(), max = type.getStorageTypeMax();
    auto codeOf = [&](double real) {
      // NaN stands for 0.
      double code = std::isnan(real) ? 0 : std::nearbyint(real / scale);
      return static_cast<int64_t>(std::clamp(code + static_cast<double>(zero),
                                             static_cast<double>(min),
                                             static_cast<double>(max)));
    };
    layer.exact.push_back(codeOf(x.reals[i]));
    if (!x.isFixed())
      continue;
    Multiplier by = quantizeMultiplier(x.scales[i] / scale);
    int64_t code;
    if (x.counts.empty())
      code = multiply(x.sums[i], by) + zero;
    else if (x.scales[i] == scale && x.zeroPoint == zero)
      code = divideRounded(x.sums[i] + x.counts[i] * zero, x.counts[i]);
    else
      code = multiply(x.sums[i], divideMultiplier(by, x.counts[i])) + zero;
    layer.fixed.push_back(std::clamp(code, codeOf(x.low), codeOf(x.high)));
  }
  return layer;
}

//===----------------------------------------------------------------------===//
// Ops that move elements
//===----------------------------------------------------------------------===//

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static int64_t flatIndex(ArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  int64_t flat = 0;
  for (auto [i, extent] : zip(index.take_back(shape.size()), shape))
    flat = flat * extent + (extent == 1 ? 0 : i);
  return flat;
}

static void forEachIndex(ArrayRef<int64_t> shape,
                         function_ref<void(ArrayRef<int64_t>)> visit) {
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t n = mlir::ShapedType::getNumElements(shape); n > 0; --n) {
    visit(index);
    for (int64_t axis = static_cast<int64_t>(shape.size()) - 1;
         axis >= 0 && ++index[axis] == shape[axis]; --axis)
      index[axis] = 0;
  }
}

static void append(ReferenceTensor &to, const ReferenceTensor &from,
                   int64_t i) {
  to.reals.push_back(from.reals[i]);
  if (!from.isFixed())
    return;
  to.sums.push_back(from.sums[i]);
  to.scales.push_back(from.scales[i]);
  if (!from.counts.empty())
    to.counts.push_back(from.counts[i]);
}

/// The same as `x`, without elements.
static ReferenceTensor emptied(const ReferenceTensor &x,
                               ArrayRef<int64_t> shape) {
  ReferenceTensor result;
  result.shape.assign(shape.begin(), shape.end());
  result.zeroPoint = x.zeroPoint;
  result.bits = x.bits;
  result.low = x.low, result.high = x.high;
  result.op = x.op, result.isKnown = x.isKnown;
  return result;
}

/// `x` with element `source(index)` at each index.
static ReferenceTensor move(const ReferenceTensor &x, ArrayRef<int64_t> shape,
                            function_ref<int64_t(ArrayRef<int64_t>)> source) {
  ReferenceTensor result = emptied(x, shape);
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    append(result, x, source(index));
  });
  return result;
}

static ReferenceTensor concat(nn::ConcatOp op,
                              ArrayRef<const ReferenceTensor *> operands) {
  ReferenceTensor result = emptied(*operands[0], op.getType().getShape());
  result.op = "concat";
  forEachIndex(result.shape, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> from(index);
    int64_t &along = from[op.getAxis()];
    for (const ReferenceTensor *operand : operands) {
      if (along < operand->shape[op.getAxis()])
        return append(result, *operand, flatIndex(from, operand->shape));
      along -= operand->shape[op.getAxis()];
    }
  });
  return result;
}

//===----------------------------------------------------------------------===//
// Sums of products
//===----------------------------------------------------------------------===//

template <typename T>
static std::vector<T> convolve(nn::Conv2DOp op, ArrayRef<T> x, ArrayRef<T> w) {
  ArrayRef<int64_t> in = shapeOf(op.getInput()),
                    kernel = shapeOf(op.getWeight()),
                    out = op.getType().getShape();
  ArrayRef<int64_t> strides = op.getStrides(), pads = op.getPads(),
                    dilations = op.getDilations();
  int64_t features = out[3], inGroup = kernel[2];
  int64_t outGroup = features / op.getGroups();
  SmallVector<int64_t> base;
  for (int64_t f = 0; f < features; ++f)
    base.push_back(f / outGroup * inGroup);
  std::vector<T> y(mlir::ShapedType::getNumElements(out), T(0));
  forEachIndex(out.drop_back(), [&](ArrayRef<int64_t> at) {
    T *row = &y[flatIndex(at, out.drop_back()) * features];
    for (int64_t i = 0; i < kernel[0]; ++i)
      for (int64_t j = 0; j < kernel[1]; ++j) {
        int64_t h = at[1] * strides[0] - pads[0] + i * dilations[0];
        int64_t v = at[2] * strides[1] - pads[1] + j * dilations[1];
        if (h < 0 || h >= in[1] || v < 0 || v >= in[2])
          continue;
        const T *pixel = &x[((at[0] * in[1] + h) * in[2] + v) * in[3]];
        const T *taps = &w[(i * kernel[1] + j) * inGroup * features];
        for (int64_t c = 0; c < inGroup; ++c)
          for (int64_t f = 0; f < features; ++f)
            row[f] += pixel[base[f] + c] * taps[c * features + f];
      }
  });
  return y;
}

template <typename T>
static std::vector<T> multiplyMatrices(nn::MatMulOp op, ArrayRef<T> a,
                                       ArrayRef<T> b) {
  ArrayRef<int64_t> lhs = shapeOf(op.getLhs()), rhs = shapeOf(op.getRhs()),
                    out = op.getType().getShape();
  int64_t depth = lhs[lhs.size() - (op.getTransposeLhs() ? 2 : 1)];
  std::vector<T> y;
  forEachIndex(out, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> left(index), right(index);
    size_t rows = index.size() - 2, columns = index.size() - 1;
    T sum(0);
    for (int64_t k = 0; k < depth; ++k) {
      left[rows] = op.getTransposeLhs() ? k : index[rows];
      left[columns] = op.getTransposeLhs() ? index[rows] : k;
      right[rows] = op.getTransposeRhs() ? index[columns] : k;
      right[columns] = op.getTransposeRhs() ? k : index[columns];
      sum += a[flatIndex(left, lhs)] * b[flatIndex(right, rhs)];
    }
    y.push_back(sum);
  });
  return y;
}

static std::vector<double> sumProducts(Operation *op, ArrayRef<double> x,
                                       ArrayRef<double> w) {
  if (auto conv = dyn_cast<nn::Conv2DOp>(op))
    return convolve<double>(conv, x, w);
  return multiplyMatrices<double>(cast<nn::MatMulOp>(op), x, w);
}

static std::vector<int64_t> sumProducts(Operation *op, ArrayRef<int64_t> x,
                                        ArrayRef<int64_t> w) {
  if (auto conv = dyn_cast<nn::Conv2DOp>(op))
    return convolve<int64_t>(conv, x, w);
  return multiplyMatrices<int64_t>(cast<nn::MatMulOp>(op), x, w);
}

/// Adds a bias along the last axis. TensorFlow Lite has the bias in the scale
/// of the products, and adds the integers.
static void addBias(ReferenceTensor &y, const ReferenceTensor &bias) {
  size_t channels = bias.reals.size();
  for (size_t i = 0; i < y.reals.size(); ++i) {
    y.reals[i] += bias.reals[i % channels];
    if (y.isFixed() && bias.isFixed())
      y.sums[i] = saturate32(y.sums[i] + bias.sums[i % channels]);
  }
  if (!bias.isFixed())
    y.sums.clear();
}

static ReferenceTensor sumOfProducts(Operation *op, const ReferenceTensor &x,
                                     const ReferenceTensor &w,
                                     const ReferenceTensor *bias) {
  ReferenceTensor y;
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  y.shape.assign(shape.begin(), shape.end());
  y.op = isa<nn::Conv2DOp>(op) ? "conv2d" : "matmul";
  y.reals = sumProducts(op, x.reals, w.reals);
  if (x.isFixed() && w.isFixed() && all_equal(x.scales)) {
    y.sums = sumProducts(op, x.sums, w.sums);
    // One scale for each output channel, whichever input channel is read.
    auto matmul = dyn_cast<nn::MatMulOp>(op);
    int64_t columns = shape.back();
    int64_t step = matmul && matmul.getTransposeRhs() ? w.shape.back() : 1;
    for (size_t i = 0; i < y.reals.size(); ++i)
      y.scales.push_back(x.scales[0] * w.scales[int64_t(i) % columns * step]);
  }
  if (bias)
    addBias(y, *bias);
  return y;
}

//===----------------------------------------------------------------------===//
// Elementwise ops
//===----------------------------------------------------------------------===//

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// The function of a unary op, by its definition; nothing for another op.
static std::function<double(double)> unaryFunction(Operation *op) {
  using Function = std::function<double(double)>;
  return TypeSwitch<Operation *, Function>(op)
      .Case(
          [](nn::ReluOp) { return [](double x) { return std::max(x, 0.0); }; })
      .Case([](nn::ClipOp clip) {
        return [low = clip.getLow().convertToDouble(),
                high = clip.getHigh().convertToDouble()](double x) {
          return std::min(std::max(x, low), high);
        };
      })
      .Case([](nn::LeakyReluOp relu) {
        return [alpha = relu.getAlpha().convertToDouble()](double x) {
          return x > 0 ? x : alpha * x;
        };
      })
      .Case([](nn::HardSigmoidOp hard) {
        return [alpha = hard.getAlpha().convertToDouble(),
                beta = hard.getBeta().convertToDouble()](double x) {
          return std::min(std::max(alpha * x + beta, 0.0), 1.0);
        };
      })
      .Case([](nn::EluOp elu) {
        return [alpha = elu.getAlpha().convertToDouble()](double x) {
          return x > 0 ? x : alpha * std::expm1(x);
        };
      })
      .Case([](nn::HardSwishOp) {
        return [](double x) {
          return x * std::min(std::max(x / 6 + 0.5, 0.0), 1.0);
        };
      })
      .Case([](nn::SigmoidOp) { return sigmoid; })
      .Case([](nn::SiluOp) { return [](double x) { return x * sigmoid(x); }; })
      .Case([](nn::GeluOp) {
        return [](double x) { return x * 0.5 * (1 + std::erf(x / M_SQRT2)); };
      })
      .Case([](nn::GeluTanhOp) {
        return [](double x) {
          return 0.5 * x *
                 (1 +
                  std::tanh(std::sqrt(M_2_PI) * (x + 0.044715 * x * x * x)));
        };
      })
      .Case([](nn::SoftplusOp) {
        return [](double x) {
          return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
        };
      })
      .Case([](nn::TanhOp) { return [](double x) { return std::tanh(x); }; })
      .Case([](nn::ErfOp) { return [](double x) { return std::erf(x); }; })
      .Case([](nn::ExpOp) { return [](double x) { return std::exp(x); }; })
      .Case([](nn::LogOp) { return [](double x) { return std::log(x); }; })
      .Case([](nn::SqrtOp) { return [](double x) { return std::sqrt(x); }; })
      .Case(
          [](nn::RsqrtOp) { return [](double x) { return 1 / std::sqrt(x); }; })
      .Case([](nn::ReciprocalOp) { return [](double x) { return 1 / x; }; })
      .Case([](nn::NegOp) { return [](double x) { return -x; }; })
      .Case([](nn::AbsOp) { return [](double x) { return std::abs(x); }; })
      .Default([](Operation *) { return Function(); });
}

static std::function<double(double, double)> binaryFunction(Operation *op) {
  using Function = std::function<double(double, double)>;
  return TypeSwitch<Operation *, Function>(op)
      .Case([](nn::AddOp) { return [](double x, double y) { return x + y; }; })
      .Case([](nn::SubOp) { return [](double x, double y) { return x - y; }; })
      .Case([](nn::MulOp) { return [](double x, double y) { return x * y; }; })
      .Case([](nn::DivOp) { return [](double x, double y) { return x / y; }; })
      .Case([](nn::PowOp) {
        return [](double x, double y) { return std::pow(x, y); };
      })
      .Case([](nn::MinOp) {
        return [](double x, double y) { return std::min(x, y); };
      })
      .Case([](nn::MaxOp) {
        return [](double x, double y) { return std::max(x, y); };
      })
      .Default([](Operation *) { return Function(); });
}

static ReferenceTensor applyUnary(Operation *op, const ReferenceTensor &x,
                                  function_ref<double(double)> function) {
  ReferenceTensor y = x;
  for (double &real : y.reals)
    real = function(real);
  // A rectifier behind a layer is its clamp; in front of one, a layer.
  if (isa<nn::ReluOp, nn::ClipOp>(op) && !x.op.empty()) {
    y.low = function(x.low), y.high = function(x.high);
    return y;
  }
  y.op = op->getName().stripDialect();
  y.sums.clear();
  return y;
}

/// TensorFlow Lite's Add and Sub bring both operands to 2^-20 of twice the
/// larger scale, of 16 bits to 2^-15; Mul has the product.
static void applyFixed(Operation *op, const ReferenceTensor &a, int64_t i,
                       const ReferenceTensor &b, int64_t j,
                       ReferenceTensor &y) {
  if (isa<nn::MulOp>(op)) {
    y.sums.push_back(a.sums[i] * b.sums[j]);
    y.scales.push_back(a.scales[i] * b.scales[j]);
    return;
  }
  double twice = 2 * std::max(a.scales[i], b.scales[j]);
  int shift = std::max(a.bits, b.bits) > 8 ? 15 : 20;
  auto bring = [&](int64_t x, double scale) {
    return multiply(x * (1 << shift), quantizeMultiplier(scale / twice));
  };
  int64_t first = bring(a.sums[i], a.scales[i]),
          second = bring(b.sums[j], b.scales[j]);
  y.sums.push_back(isa<nn::SubOp>(op) ? first - second : first + second);
  y.scales.push_back(twice / (1 << shift));
}

static ReferenceTensor
applyBinary(Operation *op, const ReferenceTensor &a, const ReferenceTensor &b,
            function_ref<double(double, double)> function) {
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  // The bias of a layer is part of it.
  for (auto [layer, bias] : {std::pair(&a, &b), std::pair(&b, &a)})
    if (isa<nn::AddOp>(op) &&
        (layer->op == "matmul" || layer->op == "conv2d") && bias->op.empty() &&
        bias->shape.size() == 1 && ArrayRef(layer->shape) == shape &&
        bias->shape.back() == shape.back()) {
      ReferenceTensor y = *layer;
      addBias(y, *bias);
      return y;
    }
  ReferenceTensor y;
  y.shape.assign(shape.begin(), shape.end());
  y.op = op->getName().stripDialect();
  bool fixed = isa<nn::AddOp, nn::SubOp, nn::MulOp>(op) && a.isFixed() &&
               b.isFixed() && a.op.empty() && b.op.empty();
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    int64_t i = flatIndex(index, a.shape), j = flatIndex(index, b.shape);
    y.reals.push_back(function(a.reals[i], b.reals[j]));
    if (fixed)
      applyFixed(op, a, i, b, j, y);
  });
  return y;
}

//===----------------------------------------------------------------------===//
// Windows, reductions, softmax
//===----------------------------------------------------------------------===//

namespace {
/// Gathers the elements that one element of a result is made of.
struct Gathered {
  std::vector<std::vector<int64_t>> sources;
  /// Elements that a mean counts, at least as many.
  std::vector<int64_t> counts;
};
} // namespace

template <typename OpT> static Gathered gatherWindows(OpT op, bool countPads) {
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = op.getType().getShape();
  Gathered result;
  forEachIndex(out, [&](ArrayRef<int64_t> at) {
    std::vector<int64_t> window;
    int64_t count = 0;
    for (int64_t i = 0; i < op.getKernel()[0]; ++i)
      for (int64_t j = 0; j < op.getKernel()[1]; ++j) {
        int64_t h = at[1] * op.getStrides()[0] - op.getPads()[0] +
                    i * op.getDilations()[0];
        int64_t v = at[2] * op.getStrides()[1] - op.getPads()[1] +
                    j * op.getDilations()[1];
        bool inside = h >= 0 && h < in[1] && v >= 0 && v < in[2];
        // What lies behind the padding, where the result was rounded up, is
        // not part of the window.
        count += inside || (countPads && h < in[1] + op.getPads()[2] &&
                            v < in[2] + op.getPads()[3]);
        if (inside)
          window.push_back(flatIndex({at[0], h, v, at[3]}, in));
      }
    result.sources.push_back(std::move(window));
    result.counts.push_back(count);
  });
  return result;
}

static Gathered gatherAxes(nn::ReduceOp op) {
  ArrayRef<int64_t> in = shapeOf(op.getInput());
  SmallVector<int64_t> kept(in);
  for (int64_t axis : op.getAxes())
    kept[axis] = 1;
  Gathered result;
  result.sources.resize(mlir::ShapedType::getNumElements(kept));
  int64_t flat = 0;
  forEachIndex(in, [&](ArrayRef<int64_t> index) {
    result.sources[flatIndex(index, kept)].push_back(flat++);
  });
  for (const std::vector<int64_t> &group : result.sources)
    result.counts.push_back(static_cast<int64_t>(group.size()));
  return result;
}

static ReferenceTensor largest(const ReferenceTensor &x,
                               ArrayRef<int64_t> shape,
                               const Gathered &gathered, double sign) {
  ReferenceTensor y = emptied(x, shape);
  for (const std::vector<int64_t> &group : gathered.sources)
    append(y, x, *llvm::max_element(group, [&](int64_t i, int64_t j) {
             return sign * x.reals[i] < sign * x.reals[j];
           }));
  return y;
}

static ReferenceTensor mean(const ReferenceTensor &x, ArrayRef<int64_t> shape,
                            const Gathered &gathered, bool divide) {
  ReferenceTensor y = emptied(x, shape);
  bool fixed = x.isFixed() && x.counts.empty() && all_equal(x.scales);
  for (auto [group, count] : zip(gathered.sources, gathered.counts)) {
    double real = 0;
    int64_t sum = 0;
    for (int64_t i : group) {
      real += x.reals[i];
      sum += fixed ? x.sums[i] : 0;
    }
    y.reals.push_back(divide ? real / static_cast<double>(count) : real);
    if (!fixed)
      continue;
    y.sums.push_back(sum);
    y.scales.push_back(x.scales[0]);
    if (divide)
      y.counts.push_back(count);
  }
  return y;
}

static ReferenceTensor reduce(nn::ReduceOp op, const ReferenceTensor &x) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  ReferenceTensor y;
  switch (op.getKind()) {
  case nn::ReductionKind::sum:
  case nn::ReductionKind::mean:
    y = mean(x, shape, gatherAxes(op), op.getKind() == nn::ReductionKind::mean);
    y.op = op.getKind() == nn::ReductionKind::mean ? "mean" : "sum";
    return y;
  case nn::ReductionKind::max:
  case nn::ReductionKind::min:
    y = largest(x, shape, gatherAxes(op),
                op.getKind() == nn::ReductionKind::max ? 1 : -1);
    y.op = "max";
    return y;
  case nn::ReductionKind::prod:
    break;
  }
  y.isKnown = false;
  return y;
}

static ReferenceTensor softmax(Operation *op, int64_t axis, bool logarithm,
                               const ReferenceTensor &x) {
  ReferenceTensor y;
  y.shape = x.shape;
  y.op = op->getName().stripDialect();
  y.reals.resize(x.reals.size());
  int64_t extent = x.shape[axis], inner = 1;
  for (int64_t i : ArrayRef(x.shape).drop_front(axis + 1))
    inner *= i;
  for (int64_t start = 0; start < int64_t(x.reals.size()); ++start) {
    if (start / inner % extent != 0)
      continue;
    double most = -HUGE_VAL, sum = 0;
    for (int64_t k = 0; k < extent; ++k)
      most = std::max(most, x.reals[start + k * inner]);
    for (int64_t k = 0; k < extent; ++k)
      sum += std::exp(x.reals[start + k * inner] - most);
    for (int64_t k = 0; k < extent; ++k) {
      double shifted = x.reals[start + k * inner] - most;
      y.reals[start + k * inner] =
          logarithm ? shifted - std::log(sum) : std::exp(shifted) / sum;
    }
  }
  return y;
}

/// Groups that share an index of every axis but `axes`.
static ReferenceTensor normalize(nn::NormalizeOp op, const ReferenceTensor &x) {
  SmallVector<int64_t> kept(x.shape);
  for (int64_t axis : op.getAxes())
    kept[axis] = 1;
  int64_t groups = mlir::ShapedType::getNumElements(kept);
  double count = static_cast<double>(x.reals.size()) / double(groups);
  std::vector<double> means(groups), squares(groups);
  auto forEach = [&](auto &&visit) {
    int64_t flat = 0;
    forEachIndex(x.shape, [&](ArrayRef<int64_t> index) {
      visit(flatIndex(index, kept), flat++);
    });
  };
  if (!op.getUncentered())
    forEach([&](int64_t g, int64_t i) { means[g] += x.reals[i] / count; });
  forEach([&](int64_t g, int64_t i) {
    squares[g] += (x.reals[i] - means[g]) * (x.reals[i] - means[g]) / count;
  });
  ReferenceTensor y;
  y.shape = x.shape;
  y.op = "normalize";
  double epsilon = op.getEpsilon().convertToDouble();
  forEach([&](int64_t g, int64_t i) {
    y.reals.push_back((x.reals[i] - means[g]) /
                      std::sqrt(squares[g] + epsilon));
  });
  return y;
}

//===----------------------------------------------------------------------===//
// One op
//===----------------------------------------------------------------------===//

static ReferenceTensor unknown() {
  ReferenceTensor result;
  result.isKnown = false;
  return result;
}

static ReferenceTensor evaluate(Operation *op,
                                ArrayRef<const ReferenceTensor *> operands) {
  if (operands.empty() ||
      any_of(operands, [](const ReferenceTensor *x) { return !x->isKnown; }))
    return unknown();
  const ReferenceTensor &x = *operands[0];
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  if (auto function = unaryFunction(op))
    return applyUnary(op, x, function);
  if (auto function = binaryFunction(op))
    return applyBinary(op, x, *operands[1], function);
  return TypeSwitch<Operation *, ReferenceTensor>(op)
      .Case<nn::Conv2DOp, nn::MatMulOp>([&](auto) {
        return sumOfProducts(op, x, *operands[1],
                             operands.size() > 2 ? operands[2] : nullptr);
      })
      .Case([&](nn::ReshapeOp) {
        int64_t next = 0;
        return move(x, shape, [&](ArrayRef<int64_t>) { return next++; });
      })
      .Case([&](nn::TransposeOp transpose) {
        return move(x, shape, [&](ArrayRef<int64_t> index) {
          SmallVector<int64_t> from(index.size());
          for (auto [i, axis] : enumerate(transpose.getPermutation()))
            from[axis] = index[i];
          return flatIndex(from, x.shape);
        });
      })
      .Case([&](nn::SliceOp slice) {
        return move(x, shape, [&](ArrayRef<int64_t> index) {
          SmallVector<int64_t> from;
          for (auto [i, start, stride] :
               zip(index, slice.getStarts(), slice.getStrides()))
            from.push_back(start + i * stride);
          return flatIndex(from, x.shape);
        });
      })
      .Case([&](nn::ExpandOp) {
        return move(x, shape, [&](ArrayRef<int64_t> index) {
          return flatIndex(index, x.shape);
        });
      })
      .Case([&](nn::ConcatOp join) { return concat(join, operands); })
      .Case([&](nn::AvgPool2DOp pool) {
        ReferenceTensor y =
            mean(x, shape, gatherWindows(pool, pool.getCountIncludePad()),
                 /*divide=*/true);
        y.op = "avg_pool2d";
        return y;
      })
      .Case([&](nn::MaxPool2DOp pool) {
        ReferenceTensor y =
            largest(x, shape, gatherWindows(pool, /*countPads=*/false), 1);
        y.op = "max_pool2d";
        return y;
      })
      .Case([&](nn::ReduceOp reduction) { return reduce(reduction, x); })
      .Case([&](nn::SoftmaxOp soft) {
        return softmax(op, soft.getAxis(), /*logarithm=*/false, x);
      })
      .Case([&](nn::LogSoftmaxOp soft) {
        return softmax(op, soft.getAxis(), /*logarithm=*/true, x);
      })
      .Case([&](nn::NormalizeOp norm) { return normalize(norm, x); })
      .Case([&](nn::CastOp) { return x; })
      .Default([](Operation *) { return unknown(); });
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// The codes of a parameter or a constant, or the elements of a float one.
static ReferenceTensor readConstant(mlir::ElementsAttr elements,
                                    mlir::Type type) {
  auto tensor = cast<RankedTensorType>(type);
  if (auto quantized = lowp::getQuantizedType(type)) {
    if (auto codes = readIntegers(elements, quantized.isSigned()))
      return dequantize(tensor.getShape(), *codes, quantized);
    return unknown();
  }
  std::optional<std::vector<double>> reals = readReals(elements);
  if (!reals)
    return unknown();
  ReferenceTensor result;
  result.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  result.reals = std::move(*reals);
  return result;
}

Error LayerReference::run(
    ArrayRef<const HostTensor *> inputs,
    function_ref<const HostTensor *(size_t, const ReferenceLayer &)> visit) {
  if (!infer.getBody().hasOneBlock())
    return userError("@infer", "has more than one block");
  DenseMap<Value, ReferenceTensor> values;
  const ReferenceTensor none = unknown();
  for (auto [argument, input] : zip(infer.getArguments(), inputs)) {
    ReferenceTensor &value = values[argument];
    value.shape.assign(input->getShape().begin(), input->getShape().end());
    value.op = "quantize";
    for (int64_t i = 0; i < input->size(); ++i)
      value.reals.push_back(input->getAsDouble(i));
  }
  auto find = [&](Value value) -> const ReferenceTensor * {
    if (auto it = constants.find(value); it != constants.end())
      return &it->second;
    auto it = values.find(value);
    return it == values.end() ? &none : &it->second;
  };
  size_t layer = 0;
  for (Operation &op : infer.getBody().front().without_terminator()) {
    if (op.getNumResults() == 0)
      continue;
    Value result = op.getResult(0);
    if (constants.contains(result))
      continue;
    mlir::ElementsAttr elements;
    if (auto read = dyn_cast<train::ReadOp>(op)) {
      auto parameter =
          mlir::SymbolTable::lookupNearestSymbolFrom<train::ParameterOp>(
              read, read.getParameterAttr());
      elements = parameter ? parameter.getValue() : mlir::ElementsAttr();
    } else if (auto constant = dyn_cast<mlir::arith::ConstantOp>(op)) {
      elements = dyn_cast<mlir::ElementsAttr>(constant.getValue());
    }
    if (elements) {
      constants[result] = readConstant(elements, result.getType());
      continue;
    }
    if (auto quantizeOp = dyn_cast<lowp::QuantizeOp>(op)) {
      auto type = lowp::getQuantizedType(result.getType());
      ReferenceLayer should = quantize(*find(quantizeOp.getInput()), type);
      const HostTensor *codes = visit(layer++, should);
      std::vector<int64_t> integers;
      for (int64_t i = 0; codes && i < codes->size(); ++i)
        integers.push_back(codes->getAsInteger(i));
      values[result] =
          codes ? dequantize(shapeOf(result), integers, type) : unknown();
      continue;
    }
    SmallVector<const ReferenceTensor *> operands;
    for (Value operand : op.getOperands())
      operands.push_back(find(operand));
    // Codes are held as what they stand for.
    bool isDequantize = isa<lowp::DequantizeOp>(op);
    ReferenceTensor value =
        isDequantize ? *operands[0] : evaluate(&op, operands);
    bool isConstant = isDequantize && constants.contains(op.getOperand(0));
    (isConstant ? constants : values)[result] = std::move(value);
  }
  return Error::success();
}

} // namespace coppice::driver
