//===- Elementwise.cpp - Ops on one element at a time -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Ops.h"

#include "lib/Reference/FixedPoint.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <functional>

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::Operation;

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// Returns the function that converts a number to the type; i1 is 0 or 1.
static std::function<double(double)> castFunction(nn::CastOp op) {
  mlir::Type element =
      cast<mlir::RankedTensorType>(op.getType()).getElementType();
  if (element.isInteger(1))
    return [](double x) { return x != 0; };
  if (isa<mlir::IntegerType>(element))
    return [](double x) { return std::isnan(x) ? 0 : std::trunc(x); };
  return [](double x) { return x; };
}

/// Returns the function of a unary op, by its definition; null for any other
/// op.
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
      .Case([](nn::FloorOp) { return [](double x) { return std::floor(x); }; })
      .Case([](nn::CeilOp) { return [](double x) { return std::ceil(x); }; })
      .Case([](nn::NotOp) { return [](double x) { return x == 0; }; })
      .Case([](nn::CastOp cast) { return castFunction(cast); })
      .Default([](Operation *) { return Function(); });
}

static bool holds(nn::Comparison predicate, double x, double y) {
  switch (predicate) {
  case nn::Comparison::lt:
    return x < y;
  case nn::Comparison::le:
    return x <= y;
  case nn::Comparison::gt:
    return x > y;
  case nn::Comparison::ge:
    return x >= y;
  case nn::Comparison::eq:
    return x == y;
  case nn::Comparison::ne:
    return x != y;
  }
  return false;
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
        return [](double x, double y) {
          return std::isnan(x) || std::isnan(y) ? NAN : std::min(x, y);
        };
      })
      .Case([](nn::MaxOp) {
        return [](double x, double y) {
          return std::isnan(x) || std::isnan(y) ? NAN : std::max(x, y);
        };
      })
      .Case<nn::AndOp>([](auto) {
        return [](double x, double y) { return x != 0 && y != 0; };
      })
      .Case<nn::OrOp>([](auto) {
        return [](double x, double y) { return x != 0 || y != 0; };
      })
      .Case([](nn::CompareOp compare) {
        return [predicate = compare.getPredicate()](double x, double y) {
          return holds(predicate, x, y);
        };
      })
      .Default([](Operation *) { return Function(); });
}

static ReferenceTensor applyUnary(Operation *op, const ReferenceTensor &x,
                                  function_ref<double(double)> function) {
  ReferenceTensor y = x;
  y.integers.clear();
  for (double &real : y.reals)
    real = function(real);
  // A conversion between floats is not a layer.
  if (isa<nn::CastOp>(op)) {
    if (!isa<mlir::FloatType>(mlir::getElementTypeOrSelf(op->getResult(0))))
      y.sums.clear();
    return y;
  }
  // A rectifier behind a layer is the clamp of the layer. A rectifier in front
  // of a layer is a layer.
  if (isa<nn::ReluOp, nn::ClipOp>(op) && !x.op.empty()) {
    y.low = function(x.low), y.high = function(x.high);
    return y;
  }
  y.op = op->getName().stripDialect();
  y.sums.clear();
  return y;
}

/// TensorFlow Lite's Add and Sub rescale both operands to 2^-20 of twice the
/// larger scale (2^-15 for 16 bits). Mul multiplies the integers.
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
    return fixedpoint::multiply(x * (1 << shift),
                                fixedpoint::quantizeMultiplier(scale / twice));
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
  // A bias is added to the sums of its layer.
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

static ReferenceTensor where(nn::WhereOp op, const ReferenceTensor &condition,
                             const ReferenceTensor &a,
                             const ReferenceTensor &b) {
  ReferenceTensor y;
  ArrayRef<int64_t> shape = shapeOf(op);
  y.shape.assign(shape.begin(), shape.end());
  y.op = "where";
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    bool first = condition.reals[flatIndex(index, condition.shape)] != 0;
    const ReferenceTensor &taken = first ? a : b;
    append(y, taken, flatIndex(index, taken.shape));
  });
  // The result has integers only if both operands have them.
  if (!a.isFixed() || !b.isFixed() || !a.counts.empty() || !b.counts.empty())
    y.sums.clear(), y.scales.clear(), y.counts.clear();
  return y;
}

std::optional<ReferenceTensor>
reference::evaluateElementwise(Operation *op, Operands operands) {
  if (auto function = unaryFunction(op))
    return applyUnary(op, *operands[0], function);
  if (auto function = binaryFunction(op))
    return applyBinary(op, *operands[0], *operands[1], function);
  if (auto select = dyn_cast<nn::WhereOp>(op))
    return where(select, *operands[0], *operands[1], *operands[2]);
  return std::nullopt;
}
