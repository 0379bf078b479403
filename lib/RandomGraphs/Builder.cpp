//===- Builder.cpp - Makes random graphs node by node -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Builder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

//===----------------------------------------------------------------------===//
// Attributes and shapes
//===----------------------------------------------------------------------===//

std::string random_graphs::attribute(StringRef name, int64_t value) {
  return (name + " = " + Twine(value)).str();
}

std::string random_graphs::attribute(StringRef name, double value) {
  std::string text;
  raw_string_ostream(text) << name << " = " << format("%.6f", value);
  return text;
}

std::string random_graphs::attribute(StringRef name, StringRef value) {
  return (name + " = \"" + value + "\"").str();
}

std::string random_graphs::attribute(StringRef name, ArrayRef<int64_t> values) {
  std::string text;
  raw_string_ostream os(text);
  os << name << " = [";
  interleaveComma(values, os);
  os << "]";
  return text;
}

/// Returns the number of a type in ONNX.
static int64_t codeOf(ElementKind kind) {
  switch (kind) {
  case ElementKind::U8:
    return 2;
  case ElementKind::I8:
    return 3;
  case ElementKind::I32:
    return 6;
  case ElementKind::I64:
    return 7;
  case ElementKind::Bool:
    return 9;
  case ElementKind::F16:
    return 10;
  case ElementKind::F64:
    return 11;
  case ElementKind::BF16:
    return 16;
  default:
    return 1;
  }
}

std::string random_graphs::castTo(ElementKind kind) {
  return attribute("to", codeOf(kind));
}

std::optional<Shape> random_graphs::broadcast(ArrayRef<int64_t> a,
                                              ArrayRef<int64_t> b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < result.size(); ++i) {
    int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      return std::nullopt;
    result[result.size() - 1 - i] = x == 1 ? y : x;
  }
  return result;
}

int64_t Builder::extent() {
  if (hasEmpty && chance(20))
    return 0;
  return chance(20) ? 1 : between(2, 5);
}

//===----------------------------------------------------------------------===//
// Leaves
//===----------------------------------------------------------------------===//

Item Builder::addInput(ElementKind kind, ArrayRef<int64_t> shape, double low,
                       double high) {
  Item item;
  item.value = {fresh("x"), kind, Shape(shape), low, high};
  item.bound = std::max(std::abs(low), std::abs(high));
  graph.inputs.push_back(item.value);
  items.push_back(item);
  return item;
}

Item Builder::addInitializer(ElementKind kind, ArrayRef<int64_t> shape,
                             std::vector<double> elements) {
  Item item;
  item.value = {fresh("w"), kind, Shape(shape)};
  item.bound = 0;
  for (double element : elements)
    item.bound = std::max(item.bound, std::abs(element));
  graph.initializers.push_back({item.value, std::move(elements)});
  return item;
}

Item Builder::addWeight(ArrayRef<int64_t> shape, double low, double high) {
  for (const Item &item : items)
    if (item.isWeight && item.value.kind == real &&
        ArrayRef<int64_t>(item.shape()) == shape && item.value.low >= low &&
        item.bound <= high && chance(50))
      return item;
  int64_t size = countElements(shape);
  std::vector<double> elements;
  for (int64_t i = 0; i < size; ++i)
    elements.push_back(static_cast<float>(uniform(low, high)));
  bool isNarrow = real == ElementKind::F16 || real == ElementKind::BF16;
  Item item =
      addInitializer(isNarrow ? ElementKind::F32 : real, shape, elements);
  item.bound = std::max(std::abs(low), std::abs(high));
  if (isNarrow) {
    item = emit("Cast", {item.name()}, castTo(real), real, shape, item.bound);
    items.pop_back();
  }
  item.isWeight = true;
  item.value.low = low;
  items.push_back(item);
  return item;
}

std::string Builder::addIntegers(ArrayRef<int64_t> elements) {
  return addInitializer(ElementKind::I64,
                        {static_cast<int64_t>(elements.size())},
                        std::vector<double>(elements.begin(), elements.end()))
      .name();
}

Item Builder::addScalar(double value) {
  bool isNarrow = real == ElementKind::F16 || real == ElementKind::BF16;
  Item item = addInitializer(isNarrow ? ElementKind::F32 : real, {}, {value});
  if (!isNarrow)
    return item;
  item = emit("Cast", {item.name()}, castTo(real), real, {}, item.bound);
  items.pop_back();
  return item;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

std::vector<Item> Builder::emitSeveral(StringRef op,
                                       ArrayRef<std::string> inputs,
                                       const std::string &attributes,
                                       ElementKind kind, ArrayRef<Shape> shapes,
                                       double bound) {
  Node node{op.str(), inputs, attributes, {}};
  std::vector<Item> results;
  for (const Shape &shape : shapes) {
    Item item;
    item.value = {fresh("v"), kind, shape};
    item.bound = bound;
    node.outputs.push_back(item.value);
    items.push_back(item);
    results.push_back(std::move(item));
  }
  graph.nodes.push_back(std::move(node));
  return results;
}

Item Builder::emit(StringRef op, ArrayRef<std::string> inputs,
                   const std::string &attributes, ElementKind kind,
                   ArrayRef<int64_t> shape, double bound) {
  return emitSeveral(op, inputs, attributes, kind, {Shape(shape)}, bound)
      .front();
}

Item Builder::emitLike(StringRef op, const Item &x, double bound,
                       const std::string &attributes) {
  return emit(op, {x.name()}, attributes, x.value.kind, x.shape(), bound);
}

std::optional<Item> Builder::pick(function_ref<bool(const Item &)> fits) {
  std::vector<const Item *> choices;
  for (const Item &item : items)
    if (fits(item))
      choices.push_back(&item);
  if (choices.empty())
    return std::nullopt;
  auto count = static_cast<int64_t>(choices.size());
  // Half of the nodes read one of the last values, which makes a chain.
  int64_t i = chance(50) ? std::max(below(count), below(count)) : below(count);
  return *choices[i];
}

std::optional<Item> Builder::pickFloat(int64_t minRank, int64_t maxRank) {
  return pick([&](const Item &item) {
    return item.value.kind == real && item.rank() >= minRank &&
           item.rank() <= maxRank && (!item.isWeight || chance(15));
  });
}

Item Builder::bounded(const Item &x, double bound) {
  if (x.bound <= bound)
    return x;
  Item y = emitLike("Tanh", x, 1);
  if (bound < 1)
    y = emit("Mul", {y.name(), addScalar(bound).name()}, "", y.value.kind,
             y.shape(), bound);
  return y;
}
