//===- Integers.cpp - Random nodes on integers ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Builder.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

static bool isInteger(ElementKind kind) {
  return !runtime::isFloat(kind) && kind != ElementKind::Bool;
}

static std::optional<Item> pickInteger(Builder &b, int64_t minRank = 0) {
  if (auto x = b.pick([&](const Item &item) {
        return isInteger(item.value.kind) && item.rank() >= minRank;
      }))
    return x;
  if (b.graph.inputs.size() >= 4)
    return std::nullopt;
  Shape shape;
  for (int64_t rank = b.between(minRank, 3); rank > 0; --rank)
    shape.push_back(b.extent());
  return b.addInput(b.oneOf({ElementKind::I32, ElementKind::I64,
                             ElementKind::I8, ElementKind::U8}),
                    shape, 0, 9);
}

static bool addCast(Builder &b) {
  if (b.chance(50)) {
    std::optional<Item> x = b.pickFloat();
    if (!x || x->bound > 100)
      return false;
    ElementKind to = b.oneOf({ElementKind::I32, ElementKind::I64,
                              ElementKind::I8, ElementKind::Bool});
    b.emit("Cast", {x->name()}, castTo(to), to, x->shape(), x->bound);
    return true;
  }
  auto x = b.pick(
      [&](const Item &item) { return !runtime::isFloat(item.value.kind); });
  if (!x)
    return false;
  ElementKind to =
      b.chance(70)
          ? b.real
          : b.oneOf({ElementKind::I32, ElementKind::I64, ElementKind::U8});
  Item y = b.emit("Cast", {x->name()}, castTo(to), to, x->shape(),
                  std::max(x->bound, 1.0));
  // Large integers may have wrapped.
  if (runtime::isFloat(to) && x->bound > 100)
    b.emitLike("Tanh", y, 1);
  return true;
}

namespace {
/// Two operands of one type, and the shape that they broadcast to.
struct Pair {
  Item x, y;
  Shape shape;
};
} // namespace

/// The second operand is a constant in the given percentage of cases.
static std::optional<Pair> pickPair(Builder &b, int64_t constants) {
  std::optional<Item> x = pickInteger(b);
  if (!x)
    return std::nullopt;
  auto y = b.pick([&](const Item &item) {
    return item.value.kind == x->value.kind &&
           broadcast(item.shape(), x->shape());
  });
  if (b.chance(constants))
    y = b.addInitializer(x->value.kind, {},
                         {static_cast<double>(b.between(1, 5))});
  Shape shape = *broadcast(x->shape(), y->shape());
  if (countElements(shape) > kMostElements)
    return std::nullopt;
  return Pair{*x, *y, shape};
}

static bool addBinary(Builder &b) {
  std::optional<Pair> pair = pickPair(b, /*constants=*/40);
  if (!pair)
    return false;
  auto &[x, y, shape] = *pair;
  StringRef op = b.oneOf<StringRef>({"Add", "Sub", "Mul", "Div", "Max", "Min"});
  // Some operators do not take bytes in the operator sets in use.
  b.emit(op, {x.name(), y.name()}, "", x.value.kind, shape,
         x.bound * std::max(y.bound, 2.0));
  return true;
}

static bool addUnary(Builder &b) {
  std::optional<Item> x = pickInteger(b);
  if (!x)
    return false;
  bool isSigned = x->value.kind != ElementKind::U8;
  StringRef op = isSigned ? b.oneOf<StringRef>({"Neg", "Abs", "Sign", "Relu"})
                          : b.oneOf<StringRef>({"Abs", "Sign"});
  b.emitLike(op, *x, x->bound);
  return true;
}

static bool addCompare(Builder &b) {
  std::optional<Pair> pair = pickPair(b, /*constants=*/0);
  if (!pair)
    return false;
  auto &[x, y, shape] = *pair;
  StringRef op = b.oneOf<StringRef>({"Less", "Greater", "Equal"});
  Item mask = b.emit(op, {x.name(), y.name()}, "", ElementKind::Bool, shape, 1);
  b.emit("Where", {mask.name(), x.name(), y.name()}, "", x.value.kind, shape,
         std::max(x.bound, y.bound));
  return true;
}

static bool addReduce(Builder &b) {
  std::optional<Item> x = pickInteger(b, 1);
  // The operator set has no sums and products of bytes.
  if (!x || x->value.size() == 0 ||
      (x->value.kind != ElementKind::I32 && x->value.kind != ElementKind::I64))
    return false;
  StringRef op = b.oneOf<StringRef>(
      {"ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean", "ReduceProd"});
  int64_t axis = b.below(x->rank());
  Shape shape = x->shape();
  shape.erase(shape.begin() + axis);
  b.emit(op, {x->name(), b.addIntegers({axis})},
         attribute("keepdims", int64_t(0)), x->value.kind, shape,
         1000 * x->bound);
  return true;
}

static bool addOneHot(Builder &b) {
  auto x = b.pick([&](const Item &item) {
    return (item.value.kind == ElementKind::I32 ||
            item.value.kind == ElementKind::I64) &&
           item.rank() <= 3 && item.value.size() < 80;
  });
  if (!x)
    return false;
  int64_t depth = b.between(2, 5);
  Shape shape = x->shape();
  shape.push_back(depth);
  std::string count =
      b.addInitializer(ElementKind::I64, {}, {static_cast<double>(depth)})
          .name();
  std::string values = b.addInitializer(ElementKind::F32, {2}, {0, 1}).name();
  b.emit("OneHot", {x->name(), count, values}, "", ElementKind::F32, shape, 1);
  return true;
}

ArrayRef<Rule> random_graphs::integerRules() {
  static constexpr Rule rules[] = {addCast,  addCast,    addBinary, addBinary,
                                   addUnary, addCompare, addReduce, addOneHot};
  return rules;
}
