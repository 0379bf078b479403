//===- Elementwise.cpp - Random elementwise nodes ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Builder.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

/// A function whose result is no larger than its operand, or at most 1.
static bool addUnary(Builder &b) {
  std::optional<Item> x = b.pickFloat();
  if (!x)
    return false;
  double bound = std::max(x->bound, 1.0);
  StringRef op = b.oneOf<StringRef>({"Relu",
                                     "LeakyRelu",
                                     "Sigmoid",
                                     "Tanh",
                                     "Elu",
                                     "Selu",
                                     "Celu",
                                     "HardSigmoid",
                                     "HardSwish",
                                     "Gelu",
                                     "Mish",
                                     "Softplus",
                                     "Softsign",
                                     "Erf",
                                     "Neg",
                                     "Abs",
                                     "ThresholdedRelu",
                                     "Shrink",
                                     "Floor",
                                     "Ceil",
                                     "Round",
                                     "Sign"});
  // Some operators do not take every type in every operator set.
  if ((op == "Celu" && b.real != ElementKind::F32) ||
      (op == "Shrink" && b.real == ElementKind::BF16))
    return false;
  std::string attributes;
  if (op == "LeakyRelu")
    attributes = attribute("alpha", b.uniform(0.05, 0.5));
  else if (op == "Elu" || op == "Celu")
    attributes = attribute("alpha", b.uniform(0.3, 1.5));
  else if (op == "ThresholdedRelu")
    attributes = attribute("alpha", b.uniform(-0.5, 0.5));
  else if (op == "HardSigmoid")
    attributes = attribute("alpha", b.uniform(0.1, 0.4)) + ", " +
                 attribute("beta", b.uniform(0.3, 0.7));
  else if (op == "Shrink")
    attributes = attribute("lambd", b.uniform(0.2, 0.8)) + ", " +
                 attribute("bias", b.uniform(-0.3, 0.3));
  else if (op == "Gelu" && b.chance(50))
    attributes = attribute("approximate", StringRef("tanh"));
  b.emitLike(op, *x, 1.8 * bound, attributes);
  return true;
}

/// Functions of positive numbers, and powers.
static bool addPositive(Builder &b) {
  std::optional<Item> x = b.pickFloat();
  if (!x || x->bound > 50)
    return false;
  Item y = b.emitLike("Abs", *x, x->bound);
  double least = b.uniform(0.3, 0.8);
  y = b.emit("Add", {y.name(), b.addScalar(least).name()}, "", y.value.kind,
             y.shape(), y.bound + least);
  switch (b.below(5)) {
  case 0:
    b.emitLike("Log", y, std::max(std::log(y.bound), 1.3));
    return true;
  case 1:
    b.emitLike("Sqrt", y, std::sqrt(y.bound));
    return true;
  case 2:
    b.emitLike("Reciprocal", y, 1 / least);
    return true;
  case 3:
    b.emit("Pow", {y.name(), b.addScalar(b.uniform(-1, 1)).name()}, "",
           y.value.kind, y.shape(), std::max(y.bound, 1 / least));
    return true;
  }
  if (std::optional<Item> z = b.pickFloat())
    if (auto shape = broadcast(z->shape(), y.shape()))
      b.emit("Div", {z->name(), y.name()}, "", y.value.kind, *shape,
             z->bound / least);
  return true;
}

static bool addExp(Builder &b) {
  std::optional<Item> x = b.pickFloat();
  if (!x)
    return false;
  Item y = b.bounded(*x, 2.5);
  b.emitLike("Exp", y, std::exp(y.bound));
  return true;
}

static bool addClip(Builder &b) {
  std::optional<Item> x = b.pickFloat();
  if (!x)
    return false;
  double low = b.uniform(-1.5, -0.2), high = b.uniform(0.2, 1.5);
  std::vector<std::string> inputs = {x->name(), b.addScalar(low).name()};
  if (b.chance(70))
    inputs.push_back(b.addScalar(high).name());
  b.emit("Clip", inputs, "", x->value.kind, x->shape(),
         std::max(x->bound, 1.5));
  return true;
}

/// Picks another operand for `x`: a value, a weight that broadcasts, or `x`
/// itself.
static std::optional<Item> pickOther(Builder &b, const Item &x) {
  if (b.chance(10))
    return x;
  if (b.chance(65))
    if (auto y = b.pick([&](const Item &item) {
          return item.value.kind == x.value.kind &&
                 broadcast(item.shape(), x.shape()).has_value();
        }))
      return y;
  if (x.value.kind != b.real)
    return std::nullopt;
  Shape shape;
  for (int64_t extent :
       ArrayRef<int64_t>(x.shape()).drop_front(b.below(x.rank() + 1)))
    shape.push_back(b.chance(25) ? 1 : extent);
  return b.addWeight(shape, -1.5, 1.5);
}

static bool addBinary(Builder &b) {
  std::optional<Item> x = b.pickFloat();
  if (!x)
    return false;
  std::optional<Item> y = pickOther(b, *x);
  if (!y)
    return false;
  StringRef op = b.oneOf<StringRef>(
      {"Add", "Add", "Sub", "Mul", "Mul", "Max", "Min", "Mean", "Sum"});
  auto shape = broadcast(x->shape(), y->shape());
  if (!shape || countElements(*shape) > kMostElements)
    return false;
  if (op == "Mul" && x->bound * y->bound > 200)
    op = "Add";
  if (x->bound + y->bound > 500)
    op = "Max";
  double bound = op == "Mul" ? x->bound * y->bound : x->bound + y->bound;
  std::vector<std::string> inputs = {x->name(), y->name()};
  if (b.chance(50))
    std::swap(inputs[0], inputs[1]);
  if ((op == "Max" || op == "Min" || op == "Mean" || op == "Sum") &&
      b.chance(30))
    inputs.push_back(x->name());
  b.emit(op, inputs, "", x->value.kind, *shape, 1.5 * bound);
  return true;
}

static bool addSelection(Builder &b) {
  std::optional<Item> x = b.pickFloat();
  if (!x)
    return false;
  std::optional<Item> y = pickOther(b, *x);
  auto shape = y ? broadcast(x->shape(), y->shape()) : std::nullopt;
  if (!shape || countElements(*shape) > kMostElements)
    return false;
  StringRef op = b.oneOf<StringRef>(
      {"Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal"});
  Item mask =
      b.emit(op, {x->name(), y->name()}, "", ElementKind::Bool, *shape, 1);
  if (b.chance(20)) {
    mask = b.emitLike("Not", mask, 1);
  } else if (b.chance(30)) {
    auto other = b.pick([&](const Item &item) {
      return item.value.kind == ElementKind::Bool &&
             ArrayRef<int64_t>(item.shape()) == ArrayRef<int64_t>(*shape);
    });
    mask =
        b.emit(b.oneOf<StringRef>({"And", "Or", "Xor"}),
               {mask.name(), other->name()}, "", ElementKind::Bool, *shape, 1);
  }
  b.emit("Where", {mask.name(), x->name(), y->name()}, "", x->value.kind,
         *shape, std::max(x->bound, y->bound));
  return true;
}

static bool addPRelu(Builder &b) {
  std::optional<Item> x = b.pickFloat(1);
  if (!x)
    return false;
  Shape shape(x->rank(), 1);
  if (x->rank() > 1)
    shape[1] = x->shape()[1];
  if (x->rank() > 1)
    shape.erase(shape.begin());
  Item slope = b.addWeight(shape, 0.05, 0.5);
  b.emit("PRelu", {x->name(), slope.name()}, "", x->value.kind, x->shape(),
         x->bound);
  return true;
}

ArrayRef<Rule> random_graphs::elementwiseRules() {
  static constexpr Rule rules[] = {
      addUnary,  addUnary,  addUnary,  addPositive,  addExp,  addClip,
      addBinary, addBinary, addBinary, addSelection, addPRelu};
  return rules;
}
