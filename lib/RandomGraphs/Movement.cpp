//===- Movement.cpp - Random nodes that move elements -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

/// A value of any type.
static std::optional<Item> pickAny(Builder &b, int64_t minRank,
                                   int64_t maxRank = 5) {
  if (b.chance(80))
    return b.pickFloat(minRank, maxRank);
  return b.pick([&](const Item &item) {
    return item.rank() >= minRank && item.rank() <= maxRank;
  });
}

static Item emitMoved(Builder &b, StringRef op, const Item &x,
                      ArrayRef<std::string> more, const std::string &attributes,
                      ArrayRef<int64_t> shape) {
  std::vector<std::string> inputs = {x.name()};
  inputs.insert(inputs.end(), more.begin(), more.end());
  return b.emit(op, inputs, attributes, x.value.kind, shape, x.bound);
}

/// Adds an op that does nothing: another name of the same value.
static bool addAlias(Builder &b) {
  std::optional<Item> x = pickAny(b, 0);
  if (!x)
    return false;
  bool isReal = x->value.kind == b.real;
  switch (b.below(isReal ? 4 : 3)) {
  case 0:
    b.emitLike("Identity", *x, x->bound);
    return true;
  case 1:
    emitMoved(b, "Reshape", *x, {b.addIntegers(x->shape())}, "", x->shape());
    return true;
  case 2: {
    std::vector<int64_t> order(x->rank());
    for (auto [i, axis] : enumerate(order))
      axis = static_cast<int64_t>(i);
    if (order.empty())
      return false;
    emitMoved(b, "Transpose", *x, {}, attribute("perm", ArrayRef(order)),
              x->shape());
    return true;
  }
  default:
    b.emitLike("Dropout", *x, x->bound);
    return true;
  }
}

static bool addReshape(Builder &b) {
  std::optional<Item> x = pickAny(b, 0);
  if (!x)
    return false;
  int64_t size = x->value.size();
  Shape shape;
  if (b.chance(25) && x->rank() >= 2) {
    int64_t axis = b.between(0, x->rank()), first = 1, second = 1;
    for (auto [i, extent] : enumerate(x->shape()))
      (static_cast<int64_t>(i) < axis ? first : second) *= extent;
    emitMoved(b, "Flatten", *x, {}, attribute("axis", axis), {first, second});
    return true;
  }
  if (b.chance(30)) {
    int64_t axis = b.between(0, x->rank());
    shape = x->shape();
    shape.insert(shape.begin() + axis, 1);
    if (shape.size() > 5)
      return false;
    emitMoved(b, "Unsqueeze", *x, {b.addIntegers({axis})}, "", shape);
    return true;
  }
  if (auto it = find(x->shape(), 1); it != x->shape().end() && b.chance(50)) {
    shape = x->shape();
    int64_t axis = it - x->shape().begin();
    shape.erase(shape.begin() + axis);
    emitMoved(b, "Squeeze", *x, {b.addIntegers({axis})}, "", shape);
    return true;
  }
  if (size == 0)
    return false;
  while (size > 1 && shape.size() < 4) {
    int64_t factor = b.between(1, 4);
    if (size % factor == 0)
      shape.push_back(factor), size /= factor;
    else if (b.chance(30))
      break;
  }
  if (size > 1 || shape.empty())
    shape.push_back(size);
  Shape asked = shape;
  if (b.chance(30))
    asked[b.below(static_cast<int64_t>(asked.size()))] = -1;
  emitMoved(b, "Reshape", *x, {b.addIntegers(asked)}, "", shape);
  return true;
}

static bool addTranspose(Builder &b) {
  std::optional<Item> x = pickAny(b, 2);
  if (!x)
    return false;
  std::vector<int64_t> order(x->rank());
  for (auto [i, axis] : enumerate(order))
    axis = static_cast<int64_t>(i);
  for (int64_t i = x->rank() - 1; i > 0; --i)
    std::swap(order[i], order[b.below(i + 1)]);
  Shape shape;
  for (int64_t axis : order)
    shape.push_back(x->shape()[axis]);
  emitMoved(b, "Transpose", *x, {}, attribute("perm", ArrayRef(order)), shape);
  return true;
}

static bool addSlice(Builder &b) {
  std::optional<Item> x = pickAny(b, 1);
  if (!x)
    return false;
  std::vector<int64_t> starts, ends, axes, steps;
  Shape shape = x->shape();
  for (int64_t axis = 0; axis < x->rank(); ++axis) {
    int64_t extent = shape[axis];
    if (extent < 2 || !b.chance(60))
      continue;
    int64_t step = b.chance(60) ? 1 : b.oneOf<int64_t>({2, 3, -1, -2});
    int64_t start = b.below(extent), end = b.between(0, extent);
    if (step > 0 && start >= end)
      start = 0, end = b.between(1, extent);
    if (step < 0) {
      end = b.between(-1, start - 1);
      shape[axis] = (start - end - step - 1) / -step;
      end = end < 0 ? -extent - 1 : end;
    } else {
      shape[axis] = (end - start + step - 1) / step;
      if (end == extent && b.chance(50))
        end = 1000;
    }
    axes.push_back(axis), starts.push_back(start), ends.push_back(end);
    steps.push_back(step);
  }
  if (axes.empty())
    return false;
  emitMoved(b, "Slice", *x,
            {b.addIntegers(starts), b.addIntegers(ends), b.addIntegers(axes),
             b.addIntegers(steps)},
            "", shape);
  return true;
}

static bool addSplit(Builder &b) {
  std::optional<Item> x = pickAny(b, 1);
  if (!x)
    return false;
  int64_t axis = b.below(x->rank()), extent = x->shape()[axis];
  if (extent < 2)
    return false;
  int64_t first = b.between(1, extent - 1);
  std::vector<int64_t> sizes = {first, extent - first};
  if (sizes[1] > 1 && b.chance(40))
    sizes = {first, 1, extent - first - 1};
  std::vector<Shape> shapes;
  for (int64_t size : sizes) {
    shapes.push_back(x->shape());
    shapes.back()[axis] = size;
  }
  b.emitSeveral("Split", {x->name(), b.addIntegers(sizes)},
                attribute("axis", b.chance(50) ? axis : axis - x->rank()),
                x->value.kind, shapes, x->bound);
  return true;
}

static bool addConcat(Builder &b) {
  std::optional<Item> x = pickAny(b, 1);
  if (!x)
    return false;
  int64_t axis = b.below(x->rank());
  std::vector<std::string> inputs = {x->name()};
  Shape shape = x->shape();
  double bound = x->bound;
  for (int64_t more = b.between(b.chance(5) ? 0 : 1, 2); more > 0; --more) {
    auto y = b.chance(10) ? x : b.pick([&](const Item &item) {
      if (item.value.kind != x->value.kind || item.rank() != x->rank())
        return false;
      for (int64_t i = 0; i < x->rank(); ++i)
        if (i != axis && item.shape()[i] != x->shape()[i])
          return false;
      return true;
    });
    inputs.push_back(y->name());
    shape[axis] += y->shape()[axis];
    bound = std::max(bound, y->bound);
  }
  if (countElements(shape) > kMostElements)
    return false;
  b.emit("Concat", inputs, attribute("axis", axis), x->value.kind, shape,
         bound);
  return true;
}

static bool addExpand(Builder &b) {
  std::optional<Item> x = pickAny(b, 0, 4);
  if (!x || x->value.size() > 60)
    return false;
  Shape shape = x->shape();
  if (b.chance(40) && x->rank() > 0) {
    int64_t axis = b.below(x->rank()), times = b.between(2, 3);
    std::vector<int64_t> repeats(x->rank(), 1);
    repeats[axis] = times;
    shape[axis] *= times;
    emitMoved(b, "Tile", *x, {b.addIntegers(repeats)}, "", shape);
    return true;
  }
  for (int64_t &extent : shape)
    if (extent == 1 && b.chance(70))
      extent = b.between(2, 3);
  if (b.chance(40))
    shape.insert(shape.begin(), b.between(1, 3));
  if (shape.empty())
    return false;
  emitMoved(b, "Expand", *x, {b.addIntegers(shape)}, "", shape);
  return true;
}

static bool addPad(Builder &b) {
  std::optional<Item> x = b.pickFloat(1, 4);
  if (!x || x->value.size() > 120)
    return false;
  StringRef mode =
      b.oneOf<StringRef>({"constant", "constant", "reflect", "edge", "wrap"});
  Shape shape = x->shape();
  std::vector<int64_t> pads(2 * x->rank(), 0);
  for (int64_t axis = 0; axis < x->rank(); ++axis) {
    int64_t extent = shape[axis];
    int64_t most = mode == "constant" ? 2 : std::min<int64_t>(extent - 1, 2);
    if (most <= 0 || b.chance(50))
      continue;
    int64_t low = b.between(0, most), high = b.between(0, most);
    if (mode == "constant" && extent > 2 && b.chance(15))
      low = -1;
    pads[axis] = low, pads[axis + x->rank()] = high;
    shape[axis] += low + high;
  }
  std::vector<std::string> more = {b.addIntegers(pads)};
  if (mode == "constant" && b.chance(50))
    more.push_back(b.addScalar(b.uniform(-1, 1)).name());
  emitMoved(b, "Pad", *x, more, attribute("mode", mode), shape);
  return true;
}

static bool addGather(Builder &b) {
  std::optional<Item> x = pickAny(b, 1, 4);
  if (!x)
    return false;
  int64_t axis = b.below(x->rank()), extent = x->shape()[axis];
  if (extent == 0)
    return false;
  Shape indexShape;
  for (int64_t rank = b.below(3); rank > 0; --rank)
    indexShape.push_back(b.between(1, 3));
  Shape shape(ArrayRef<int64_t>(x->shape()).take_front(axis));
  append_range(shape, indexShape);
  append_range(shape, ArrayRef<int64_t>(x->shape()).drop_front(axis + 1));
  if (shape.size() > 5 || countElements(shape) > kMostElements)
    return false;
  std::string indices;
  if (b.chance(40)) {
    indices = b.addInput(ElementKind::I64, indexShape, 0,
                         static_cast<double>(extent - 1))
                  .name();
    b.items.pop_back();
  } else {
    int64_t elements = countElements(indexShape);
    std::vector<double> values;
    for (int64_t i = 0; i < elements; ++i)
      values.push_back(static_cast<double>(b.between(-extent, extent - 1)));
    indices = b.addInitializer(ElementKind::I64, indexShape, values).name();
  }
  emitMoved(b, "Gather", *x, {indices}, attribute("axis", axis), shape);
  return true;
}

static bool addGatherElements(Builder &b) {
  std::optional<Item> x = pickAny(b, 1, 4);
  if (!x || x->value.size() == 0)
    return false;
  int64_t axis = b.below(x->rank()), extent = x->shape()[axis];
  Shape shape = x->shape();
  shape[axis] = b.between(1, 3);
  int64_t size = countElements(shape);
  std::vector<double> values;
  for (int64_t i = 0; i < size; ++i)
    values.push_back(static_cast<double>(b.between(-extent, extent - 1)));
  std::string indices =
      b.addInitializer(ElementKind::I64, shape, values).name();
  emitMoved(b, "GatherElements", *x, {indices}, attribute("axis", axis), shape);
  return true;
}

static bool addBlocks(Builder &b) {
  std::optional<Item> x = b.pickFloat(4, 4);
  if (!x)
    return false;
  Shape shape = x->shape();
  if (shape[1] % 4 == 0 && shape[1] > 0 && b.chance(60)) {
    shape[1] /= 4, shape[2] *= 2, shape[3] *= 2;
    std::string mode = attribute("mode", b.oneOf<StringRef>({"DCR", "CRD"}));
    emitMoved(b, "DepthToSpace", *x, {},
              attribute("blocksize", int64_t(2)) + ", " + mode, shape);
    return true;
  }
  if (shape[2] % 2 || shape[3] % 2)
    return false;
  shape[1] *= 4, shape[2] /= 2, shape[3] /= 2;
  emitMoved(b, "SpaceToDepth", *x, {}, attribute("blocksize", int64_t(2)),
            shape);
  return true;
}

ArrayRef<Rule> random_graphs::movementRules() {
  static constexpr Rule rules[] = {
      addAlias,  addAlias,    addReshape, addReshape, addSlice,
      addSlice,  addSplit,    addSplit,   addConcat,  addConcat,
      addConcat, addExpand,   addPad,     addGather,  addGatherElements,
      addBlocks, addTranspose};
  return rules;
}
