//===- Quantized.cpp - Random quantized layers ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Builder.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

namespace {
/// Codes and their real values.
struct Quantized {
  Item codes, real;
  std::string scale, zeroPoint;
  double step;
};
} // namespace

static Quantized quantize(Builder &b, const Item &x,
                          std::optional<double> sameStep = std::nullopt) {
  bool isSigned = b.chance(60);
  double step =
      sameStep.value_or(std::max(x.bound, 0.1) / 127 * b.uniform(0.4, 1.3));
  step = static_cast<float>(step);
  ElementKind kind = isSigned ? ElementKind::I8 : ElementKind::U8;
  int64_t zero =
      isSigned ? (b.chance(50) ? 0 : b.between(-20, 20)) : b.between(90, 150);
  Quantized q;
  q.step = step;
  q.scale = b.addInitializer(ElementKind::F32, {}, {step}).name();
  q.zeroPoint = b.addInitializer(kind, {}, {static_cast<double>(zero)}).name();
  q.codes = b.emit("QuantizeLinear", {x.name(), q.scale, q.zeroPoint}, "", kind,
                   x.shape(), 127);
  if (!b.chance(15))
    b.items.pop_back();
  q.real =
      b.emit("DequantizeLinear", {q.codes.name(), q.scale, q.zeroPoint}, "",
             ElementKind::F32, x.shape(), std::min(x.bound + step, 280 * step));
  return q;
}

/// Adds the real values of constant codes, with a scale for each index of
/// `axis` or with one. `step` is the first scale.
static Item quantizedWeight(Builder &b, ArrayRef<int64_t> shape, int64_t axis,
                            std::vector<double> &steps) {
  int64_t size = countElements(shape);
  std::vector<double> codes;
  for (int64_t i = 0; i < size; ++i)
    codes.push_back(static_cast<double>(b.between(-127, 127)));
  bool perAxis = b.chance(50) && shape[axis] > 1;
  steps.clear();
  for (int64_t i = 0; i < (perAxis ? shape[axis] : 1); ++i)
    steps.push_back(static_cast<float>(b.uniform(0.002, 0.012)));
  Item w = b.addInitializer(ElementKind::I8, shape, codes);
  Shape scaleShape;
  std::vector<double> zeros(steps.size(), 0);
  if (perAxis)
    scaleShape.push_back(shape[axis]);
  std::string scale =
      b.addInitializer(ElementKind::F32, scaleShape, steps).name();
  std::string zero =
      b.addInitializer(ElementKind::I8, scaleShape, zeros).name();
  Item real = b.emit("DequantizeLinear", {w.name(), scale, zero},
                     perAxis ? attribute("axis", axis) : "", ElementKind::F32,
                     shape, 1.5);
  b.items.pop_back();
  return real;
}

/// Adds a bias of int32 codes at the scale of the products.
static std::string quantizedBias(Builder &b, int64_t channels, double step,
                                 ArrayRef<double> steps) {
  std::vector<double> codes, scales, zeros;
  for (int64_t i = 0; i < channels; ++i)
    codes.push_back(static_cast<double>(b.between(-3000, 3000)));
  for (double weight : steps)
    scales.push_back(static_cast<float>(step * weight));
  Shape shape;
  bool perAxis = steps.size() > 1;
  if (perAxis)
    shape.push_back(channels);
  zeros.assign(scales.size(), 0);
  Item bias = b.addInitializer(ElementKind::I32, {channels}, codes);
  std::string scale = b.addInitializer(ElementKind::F32, shape, scales).name();
  std::string zero = b.addInitializer(ElementKind::I32, shape, zeros).name();
  Item real = b.emit("DequantizeLinear", {bias.name(), scale, zero},
                     perAxis ? attribute("axis", int64_t(0)) : "",
                     ElementKind::F32, {channels}, 1);
  b.items.pop_back();
  return real.name();
}

static void finish(Builder &b, Item y) {
  if (b.chance(40))
    y = b.emitLike("Relu", y, y.bound);
  quantize(b, y);
}

static bool addQuantizedMatMul(Builder &b) {
  std::optional<Item> x = b.pickFloat(2, 3);
  if (!x || x->value.size() == 0)
    return false;
  Quantized in = quantize(b, *x);
  int64_t depth = x->shape().back(), columns = b.between(1, 5);
  Shape shape = x->shape();
  shape.back() = columns;
  std::vector<double> steps;
  double bound = 1.5 * in.real.bound * std::sqrt(static_cast<double>(depth));
  if (x->rank() == 2 && b.chance(60)) {
    bool transposed = b.chance(50);
    Item w = quantizedWeight(
        b, transposed ? Shape{columns, depth} : Shape{depth, columns},
        transposed ? 0 : 1, steps);
    std::vector<std::string> inputs = {in.real.name(), w.name()};
    if (b.chance(60))
      inputs.push_back(quantizedBias(b, columns, in.step, steps));
    finish(b, b.emit("Gemm", inputs, attribute("transB", int64_t(transposed)),
                     ElementKind::F32, shape, bound + 1));
    return true;
  }
  Item w = quantizedWeight(b, {depth, columns}, 1, steps);
  finish(b, b.emit("MatMul", {in.real.name(), w.name()}, "", ElementKind::F32,
                   shape, bound));
  return true;
}

namespace {
/// The input channels and the attributes of a convolution.
struct ConvChoice {
  Shape weight, out;
  int64_t terms; // of one sum
  std::string text;
};
} // namespace

static ConvChoice chooseConv(Builder &b, ArrayRef<int64_t> shape) {
  int64_t channels = shape[1], features = b.between(1, 4), groups = 1;
  if (b.chance(30))
    groups = channels, features = channels;
  else if (channels % 2 == 0 && b.chance(30))
    groups = 2, features = 2 * b.between(1, 2);
  ConvChoice conv;
  conv.weight = {features, channels / groups};
  conv.out = {shape[0], features};
  std::vector<int64_t> pads(4, 0), strides;
  for (int axis = 0; axis < 2; ++axis) {
    int64_t kernel = b.between(1, std::min<int64_t>(3, shape[2 + axis]));
    conv.weight.push_back(kernel);
    strides.push_back(b.chance(70) ? 1 : 2);
    if (b.chance(50))
      pads[axis] = pads[axis + 2] = kernel / 2;
    conv.out.push_back(
        (shape[2 + axis] + 2 * pads[axis] - kernel) / strides.back() + 1);
  }
  conv.terms = conv.weight[1] * conv.weight[2] * conv.weight[3];
  conv.text = attribute("pads", ArrayRef(pads)) + ", " +
              attribute("strides", ArrayRef(strides)) + ", " +
              attribute("group", groups);
  return conv;
}

static bool addQuantizedConv(Builder &b) {
  std::optional<Item> x = b.pickFloat(4, 4);
  if (!x && b.graph.inputs.size() < 4)
    x = b.addInput(
        ElementKind::F32,
        {b.between(1, 2), b.between(1, 4), b.between(3, 5), b.between(3, 5)},
        -2, 2);
  if (!x || x->value.size() == 0)
    return false;
  Quantized in = quantize(b, *x);
  ConvChoice conv = chooseConv(b, x->shape());
  std::vector<double> steps;
  Item w = quantizedWeight(b, conv.weight, 0, steps);
  std::vector<std::string> inputs = {in.real.name(), w.name()};
  if (b.chance(60))
    inputs.push_back(quantizedBias(b, conv.weight[0], in.step, steps));
  auto terms = static_cast<double>(conv.terms);
  finish(b, b.emit("Conv", inputs, conv.text, ElementKind::F32, conv.out,
                   1.5 * in.real.bound * std::sqrt(terms) + 1));
  return true;
}

static bool addQuantizedBinary(Builder &b) {
  std::optional<Item> x = b.pickFloat(1);
  if (!x)
    return false;
  auto y = b.pick([&](const Item &item) {
    return item.value.kind == ElementKind::F32 &&
           ArrayRef<int64_t>(item.shape()) == ArrayRef<int64_t>(x->shape());
  });
  Quantized first = quantize(b, *x), second = quantize(b, *y);
  StringRef op = b.oneOf<StringRef>({"Add", "Add", "Sub", "Mul", "Max"});
  double bound = op == "Mul" ? first.real.bound * second.real.bound
                             : first.real.bound + second.real.bound;
  finish(b, b.emit(op, {first.real.name(), second.real.name()}, "",
                   ElementKind::F32, x->shape(), bound));
  return true;
}

static bool addQuantizedConcat(Builder &b) {
  std::optional<Item> x = b.pickFloat(1);
  if (!x || x->value.size() > kMostElements / 2)
    return false;
  Quantized first = quantize(b, *x);
  Quantized second =
      quantize(b, b.emitLike("Relu", first.real, first.real.bound),
               b.chance(50) ? std::optional<double>(first.step) : std::nullopt);
  int64_t axis = b.below(x->rank());
  Shape shape = x->shape();
  shape[axis] *= 2;
  Item y = b.emit("Concat", {first.real.name(), second.real.name()},
                  attribute("axis", axis), ElementKind::F32, shape,
                  first.real.bound);
  quantize(b, y);
  return true;
}

/// Adds pooling, activations and movement between codes.
static bool addQuantizedUnary(Builder &b) {
  std::optional<Item> x = b.pickFloat(1);
  if (!x || x->value.size() == 0)
    return false;
  Quantized in = quantize(b, *x);
  Item y = in.real;
  switch (b.below(x->rank() == 4 ? 5 : 4)) {
  case 0:
    y = b.emitLike(b.oneOf<StringRef>({"Relu", "Sigmoid", "Tanh", "LeakyRelu",
                                       "HardSwish", "Gelu"}),
                   y, std::max(y.bound, 1.0));
    break;
  case 1: {
    Shape flat = {y.value.size()};
    y = b.emit("Reshape", {y.name(), b.addIntegers(flat)}, "", ElementKind::F32,
               flat, y.bound);
    break;
  }
  case 2: {
    int64_t axis = b.below(x->rank());
    Shape shape = x->shape();
    shape[axis] = 1;
    y = b.emit(b.oneOf<StringRef>({"ReduceMean", "ReduceMax"}),
               {y.name(), b.addIntegers({axis})}, "", ElementKind::F32, shape,
               y.bound);
    break;
  }
  case 3:
    y = b.emitLike("Softmax", y, 1, attribute("axis", int64_t(-1)));
    break;
  default: {
    Shape shape = x->shape();
    std::vector<int64_t> kernel = {std::min<int64_t>(2, shape[2]),
                                   std::min<int64_t>(2, shape[3])};
    shape[2] -= kernel[0] - 1, shape[3] -= kernel[1] - 1;
    y = b.emit(b.oneOf<StringRef>({"MaxPool", "AveragePool"}), {y.name()},
               attribute("kernel_shape", ArrayRef(kernel)), ElementKind::F32,
               shape, y.bound);
  }
  }
  quantize(b, y);
  return true;
}

/// Adds the operators of a model that is quantized at run time.
static bool addDynamic(Builder &b) {
  std::optional<Item> x = b.pickFloat(2, 3);
  if (!x || x->value.size() == 0)
    return false;
  int64_t depth = x->shape().back(), columns = b.between(1, 4);
  Shape none, shape = x->shape();
  Node node{"DynamicQuantizeLinear", {x->name()}, "", {}};
  std::string base = b.emitLike("Identity", *x, x->bound).name();
  b.items.pop_back();
  Value codes{base + "q", ElementKind::U8, x->shape()},
      scale{base + "s", ElementKind::F32, none},
      zero{base + "z", ElementKind::U8, none};
  node.inputs = {base};
  node.outputs = {codes, scale, zero};
  b.graph.nodes.push_back(node);
  std::vector<double> weights;
  for (int64_t i = 0; i < depth * columns; ++i)
    weights.push_back(static_cast<double>(b.between(-100, 100)));
  Item w = b.addInitializer(ElementKind::I8, {depth, columns}, weights);
  shape.back() = columns;
  Item sum = b.emit("MatMulInteger", {codes.name, w.name(), zero.name}, "",
                    ElementKind::I32, shape, 1e5);
  Item real = b.emit("Cast", {sum.name()}, castTo(ElementKind::F32),
                     ElementKind::F32, shape, 1e5);
  b.items.pop_back();
  Item step = b.emit("Mul", {scale.name, b.addScalar(0.01).name()}, "",
                     ElementKind::F32, none, 1);
  b.items.pop_back();
  b.emit("Mul", {real.name(), step.name()}, "", ElementKind::F32, shape,
         2 * x->bound * std::sqrt(static_cast<double>(depth)));
  return true;
}

/// Convolution as one operator from codes to codes.
static bool addQLinearConv(Builder &b) {
  std::optional<Item> x = b.pickFloat(4, 4);
  if (!x || x->value.size() == 0)
    return false;
  Quantized in = quantize(b, *x);
  ConvChoice conv = chooseConv(b, x->shape());
  int64_t features = conv.weight[0];
  std::vector<double> codes, steps, bias;
  for (int64_t i = 0; i < features * conv.terms; ++i)
    codes.push_back(static_cast<double>(b.between(-100, 100)));
  bool perChannel = b.chance(50);
  for (int64_t i = 0; i < (perChannel ? features : 1); ++i)
    steps.push_back(static_cast<float>(b.uniform(0.005, 0.01)));
  Shape scales;
  if (perChannel)
    scales.push_back(features);
  double bound =
      in.real.bound * std::sqrt(static_cast<double>(conv.terms)) + 30 * in.step;
  double outStep = static_cast<float>(bound / 127 * b.uniform(0.5, 1.2));
  std::string outScale =
      b.addInitializer(ElementKind::F32, {}, {outStep}).name();
  std::vector<double> zeros(steps.size(), 0);
  std::vector<std::string> inputs = {
      in.codes.name(),
      in.scale,
      in.zeroPoint,
      b.addInitializer(ElementKind::I8, conv.weight, codes).name(),
      b.addInitializer(ElementKind::F32, scales, steps).name(),
      b.addInitializer(ElementKind::I8, scales, zeros).name(),
      outScale,
      in.zeroPoint};
  if (b.chance(60)) {
    for (int64_t i = 0; i < features; ++i)
      bias.push_back(static_cast<double>(b.between(-3000, 3000)));
    inputs.push_back(
        b.addInitializer(ElementKind::I32, {features}, bias).name());
  }
  Item y = b.emit("QLinearConv", inputs, conv.text, in.codes.value.kind,
                  conv.out, 127);
  b.items.pop_back();
  b.emit("DequantizeLinear", {y.name(), outScale, in.zeroPoint}, "",
         ElementKind::F32, conv.out, bound);
  return true;
}

/// Matrix product as one operator from codes to codes.
static bool addQLinearMatMul(Builder &b) {
  std::optional<Item> x = b.pickFloat(2, 2);
  if (!x || x->value.size() == 0)
    return false;
  Quantized in = quantize(b, *x);
  int64_t depth = x->shape()[1], columns = b.between(1, 4);
  std::vector<double> codes;
  for (int64_t i = 0; i < depth * columns; ++i)
    codes.push_back(static_cast<double>(b.between(-100, 100)));
  Item w = b.addInitializer(ElementKind::I8, {depth, columns}, codes);
  double step = static_cast<float>(b.uniform(0.005, 0.01));
  std::string scale = b.addInitializer(ElementKind::F32, {}, {step}).name();
  std::string zero = b.addInitializer(ElementKind::I8, {}, {0}).name();
  double bound = in.real.bound * std::sqrt(static_cast<double>(depth));
  double outStep = static_cast<float>(bound / 127 * b.uniform(0.5, 1.2));
  std::string outScale =
      b.addInitializer(ElementKind::F32, {}, {outStep}).name();
  Shape shape = {x->shape()[0], columns};
  Item y = b.emit("QLinearMatMul",
                  {in.codes.name(), in.scale, in.zeroPoint, w.name(), scale,
                   zero, outScale, in.zeroPoint},
                  "", in.codes.value.kind, shape, 127);
  b.items.pop_back();
  b.emit("DequantizeLinear", {y.name(), outScale, in.zeroPoint}, "",
         ElementKind::F32, shape, bound);
  return true;
}

ArrayRef<Rule> random_graphs::quantizedRules() {
  static constexpr Rule rules[] = {
      addQuantizedMatMul, addQuantizedMatMul, addQuantizedConv,
      addQuantizedConv,   addQuantizedBinary, addQuantizedConcat,
      addQuantizedUnary,  addQuantizedUnary,  addDynamic,
      addQLinearMatMul,   addQLinearConv};
  return rules;
}
