//===- Blocks.cpp - Random groups of nodes that models have -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Builder.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

static Item add(Builder &b, const Item &x, const Item &y) {
  return b.emit("Add", {x.name(), y.name()}, "", x.value.kind,
                *broadcast(x.shape(), y.shape()), x.bound + y.bound);
}

static Item multiply(Builder &b, const Item &x, const Item &y) {
  return b.emit("Mul", {x.name(), y.name()}, "", x.value.kind,
                *broadcast(x.shape(), y.shape()), x.bound * y.bound);
}

static Item product(Builder &b, const Item &x, const Item &w) {
  Shape shape = x.shape();
  shape.back() = w.shape().back();
  return b.emit("MatMul", {x.name(), w.name()}, "", x.value.kind, shape,
                1.5 * x.bound * w.bound *
                    std::sqrt(static_cast<double>(x.shape().back())));
}

/// Concatenates a tensor and a function of it.
static bool addCRelu(Builder &b) {
  std::optional<Item> x = b.pickFloat(1);
  if (!x || x->value.size() > kMostElements / 2)
    return false;
  Item y = b.chance(50) ? b.emitLike("Neg", *x, x->bound)
                        : b.emitLike("Relu", *x, x->bound);
  int64_t axis = b.below(x->rank());
  Shape shape = x->shape();
  shape[axis] *= 2;
  std::vector<std::string> inputs = {x->name(), y.name()};
  if (b.chance(50))
    std::swap(inputs[0], inputs[1]);
  Item both = b.emit("Concat", inputs, attribute("axis", axis), x->value.kind,
                     shape, x->bound);
  b.emitLike("Relu", both, both.bound);
  return true;
}

static bool addResidual(Builder &b) {
  std::optional<Item> x = b.pickFloat(2, 4);
  if (!x)
    return false;
  Item y = b.bounded(*x, 10);
  if (b.chance(50)) {
    int64_t width = y.shape().back();
    y = product(b, y, b.addWeight({width, width}, -1, 1));
  } else {
    y = b.emitLike(b.oneOf<StringRef>({"Tanh", "Sigmoid", "Gelu"}), y,
                   std::max(y.bound, 1.0));
  }
  y = add(b, *x, y);
  if (b.chance(50))
    b.emitLike("Relu", y, y.bound);
  return true;
}

/// Steps of h' = tanh(x W + h U), whose states are results too.
static bool addRecurrence(Builder &b) {
  std::optional<Item> x = b.pickFloat(2, 2);
  if (!x)
    return false;
  Item in = b.bounded(*x, 10);
  int64_t hidden = b.between(1, 3), rows = in.shape()[0];
  Item w = b.addWeight({in.shape()[1], hidden}, -1, 1);
  Item u = b.addWeight({hidden, hidden}, -1, 1);
  Item state = b.emitLike("Tanh", product(b, in, w), 1);
  for (int64_t step = b.between(1, 3); step > 0; --step) {
    Item sum = add(b, product(b, in, w), product(b, state, u));
    if (b.chance(50))
      sum = add(b, sum, b.addWeight({hidden}, -1, 1));
    state = b.emitLike("Tanh", sum, 1);
  }
  if (rows == 0)
    return true;
  if (b.chance(50))
    b.emit("Concat", {state.name(), in.name()}, attribute("axis", int64_t(1)),
           state.value.kind, {rows, hidden + in.shape()[1]}, in.bound);
  return true;
}

/// Steps of an LSTM whose gates are slices of one product.
static bool addGates(Builder &b) {
  std::optional<Item> x = b.pickFloat(2, 2);
  if (!x)
    return false;
  Item in = b.bounded(*x, 10);
  int64_t hidden = b.between(1, 3), rows = in.shape()[0];
  Item w = b.addWeight({in.shape()[1], 4 * hidden}, -1, 1);
  Item u = b.addWeight({hidden, 4 * hidden}, -1, 1);
  std::optional<Item> state, cell;
  for (int64_t step = b.between(1, 2); step >= 0; --step) {
    Item sum = product(b, in, w);
    if (state)
      sum = add(b, sum, product(b, *state, u));
    std::vector<Shape> shapes(4, Shape{rows, hidden});
    std::vector<Item> gates = b.emitSeveral(
        "Split", {sum.name(), b.addIntegers({hidden, hidden, hidden, hidden})},
        attribute("axis", int64_t(1)), sum.value.kind, shapes, sum.bound);
    Item open = b.emitLike("Sigmoid", gates[0], 1);
    Item fresh = multiply(b, open, b.emitLike("Tanh", gates[2], 1));
    if (cell)
      fresh =
          add(b, fresh, multiply(b, b.emitLike("Sigmoid", gates[1], 1), *cell));
    cell = fresh;
    state = multiply(b, b.emitLike("Sigmoid", gates[3], 1),
                     b.emitLike("Tanh", *cell, 1));
  }
  return true;
}

static bool addAttention(Builder &b) {
  std::optional<Item> x = b.pickFloat(2, 3);
  if (!x || x->value.size() == 0)
    return false;
  Item in = b.bounded(*x, 5);
  int64_t width = in.shape().back(), inner = b.between(1, 3);
  Item query = product(b, in, b.addWeight({width, inner}, -1, 1));
  Item key = product(b, in, b.addWeight({width, inner}, -1, 1));
  Item value = product(b, in, b.addWeight({width, inner}, -1, 1));
  std::vector<int64_t> order;
  for (int64_t i = 0; i < in.rank(); ++i)
    order.push_back(i);
  std::swap(order[in.rank() - 1], order[in.rank() - 2]);
  Shape turned = key.shape();
  std::swap(turned[in.rank() - 1], turned[in.rank() - 2]);
  Item keys =
      b.emit("Transpose", {key.name()}, attribute("perm", ArrayRef(order)),
             key.value.kind, turned, key.bound);
  Item scores = product(b, b.bounded(query, 5), b.bounded(keys, 5));
  Item weights =
      b.emitLike("Softmax", scores, 1, attribute("axis", int64_t(-1)));
  product(b, weights, value);
  return true;
}

/// A Concat of a Concat, and slices of the result.
static bool addNestedConcat(Builder &b) {
  std::optional<Item> x = b.pickFloat(1);
  if (!x || x->value.size() > kMostElements / 4)
    return false;
  int64_t axis = b.below(x->rank()), extent = x->shape()[axis];
  Item first = b.emitLike(b.oneOf<StringRef>({"Relu", "Tanh", "Neg"}), *x,
                          std::max(x->bound, 1.0));
  auto join = [&](const Item &p, const Item &q) {
    Shape shape = p.shape();
    shape[axis] += q.shape()[axis];
    return b.emit("Concat", {p.name(), q.name()}, attribute("axis", axis),
                  p.value.kind, shape, std::max(p.bound, q.bound));
  };
  Item inner = b.chance(50) ? join(*x, first) : join(first, *x);
  Item outer = b.chance(50) ? join(inner, *x) : join(first, inner);
  if (b.chance(50) && extent > 0) {
    std::vector<Shape> shapes(3, x->shape());
    b.emitSeveral(
        "Split", {outer.name(), b.addIntegers({extent, extent, extent})},
        attribute("axis", axis), outer.value.kind, shapes, outer.bound);
  }
  return true;
}

ArrayRef<Rule> random_graphs::blockRules() {
  static constexpr Rule rules[] = {addCRelu, addResidual,  addRecurrence,
                                   addGates, addAttention, addNestedConcat};
  return rules;
}
