//===- Shapes.cpp - Random nodes that compute shapes ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Builder.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

static std::optional<Item> pickAny(Builder &b, int64_t minRank) {
  return b.pick([&](const Item &item) { return item.rank() >= minRank; });
}

/// Returns the shape of `x`, computed by a node without another user.
static std::string shapeOf(Builder &b, const Item &x) {
  Item shape = b.emit("Shape", {x.name()}, "", ElementKind::I64, {x.rank()},
                      static_cast<double>(kMostElements));
  b.items.pop_back();
  return shape.name();
}

static bool addShape(Builder &b) {
  std::optional<Item> x = pickAny(b, 1);
  if (!x)
    return false;
  int64_t start = 0, end = x->rank();
  std::string text;
  if (x->rank() > 1 && b.chance(50)) {
    start = b.below(x->rank() - 1);
    end = b.between(start + 1, x->rank());
    text = attribute("start", b.chance(50) ? start : start - x->rank());
    // An end beyond the rank means the rank.
    text += ", " + attribute("end", end == x->rank() ? end + b.below(3)
                                                     : end - x->rank());
  }
  b.emit("Shape", {x->name()}, text, ElementKind::I64, {end - start}, 10);
  return true;
}

static bool addSize(Builder &b) {
  std::optional<Item> x = pickAny(b, 0);
  if (!x)
    return false;
  Item size = b.emit("Size", {x->name()}, "", ElementKind::I64, {},
                     static_cast<double>(kMostElements));
  if (b.real != ElementKind::F32 || b.chance(40))
    return true;
  Item real = b.emit("Cast", {size.name()}, castTo(ElementKind::F32),
                     ElementKind::F32, {}, size.bound);
  // Divide by the size, as a mean does; the result is small.
  if (std::optional<Item> y = b.pickFloat(); y && x->value.size() > 0)
    b.emit("Div", {y->name(), real.name()}, "", ElementKind::F32, y->shape(),
           y->bound);
  return true;
}

static bool addConstantOfShape(Builder &b) {
  if (b.real != ElementKind::F32)
    return false;
  std::optional<Item> x = b.pickFloat();
  if (!x)
    return false;
  bool isComputed = b.chance(60);
  Shape shape = x->shape();
  if (!isComputed) {
    shape.clear();
    for (int64_t rank = b.between(1, 3); rank > 0; --rank)
      shape.push_back(b.extent());
  }
  double value = b.between(-8, 8) * 0.25;
  std::string text;
  if (b.chance(70))
    text = formatv("value = float[1] {{{0:f2}}", value);
  else
    value = 0;
  Item constant = b.emit("ConstantOfShape",
                         {isComputed ? shapeOf(b, *x) : b.addIntegers(shape)},
                         text, ElementKind::F32, shape, std::abs(value));
  if (isComputed)
    b.emit(b.oneOf<StringRef>({"Add", "Sub", "Mul"}),
           {x->name(), constant.name()}, "", ElementKind::F32, shape,
           2 * x->bound + 2);
  return true;
}

static bool addRange(Builder &b) {
  auto scalar = [&](ElementKind kind, double value) {
    return b.addInitializer(kind, {}, {value}).name();
  };
  int64_t count = b.between(1, 6);
  if (b.chance(30)) {
    // The half element keeps rounding from changing the count.
    double start = b.between(-4, 4) * 0.25;
    double delta = b.oneOf<double>({0.25, 0.5, -0.25, -0.5});
    double limit = start + (static_cast<double>(count) - 0.5) * delta;
    ElementKind kind = ElementKind::F32;
    b.emit("Range",
           {scalar(kind, start), scalar(kind, limit), scalar(kind, delta)}, "",
           kind, {count}, 5);
    return true;
  }
  ElementKind kind = b.oneOf({ElementKind::I32, ElementKind::I64});
  auto x = b.pick([](const Item &item) { return item.value.size() <= 40; });
  if (x && b.chance(40)) {
    std::string limit =
        b.emit("Size", {x->name()}, "", ElementKind::I64, {}, 40).name();
    kind = ElementKind::I64;
    b.emit("Range", {scalar(kind, 0), limit, scalar(kind, 1)}, "", kind,
           {x->value.size()}, 40);
    return true;
  }
  int64_t start = b.between(-5, 5), delta = b.oneOf<int64_t>({1, 2, 3, -1, -2});
  // A limit between two elements, or the one after the last.
  int64_t limit = start + count * delta;
  if (delta > 1 && b.chance(50))
    --limit;
  b.emit("Range",
         {scalar(kind, static_cast<double>(start)),
          scalar(kind, static_cast<double>(limit)),
          scalar(kind, static_cast<double>(delta))},
         "", kind, {count}, 30);
  return true;
}

/// Takes the shape of another value.
static bool addLike(Builder &b) {
  std::optional<Item> x = pickAny(b, 0);
  if (!x)
    return false;
  bool expands = b.chance(50);
  auto y = b.pick([&](const Item &item) {
    if (item.rank() == 0 || item.name() == x->name())
      return false;
    if (!expands)
      return item.value.size() == x->value.size() && x->value.size() > 0;
    std::optional<Shape> shape = broadcast(x->shape(), item.shape());
    return shape && *shape == item.shape();
  });
  if (!y)
    return false;
  b.emit(expands ? "Expand" : "Reshape", {x->name(), shapeOf(b, *y)}, "",
         x->value.kind, y->shape(), x->bound);
  return true;
}

ArrayRef<Rule> random_graphs::shapeRules() {
  static constexpr Rule rules[] = {addShape, addSize, addConstantOfShape,
                                   addRange, addLike};
  return rules;
}
