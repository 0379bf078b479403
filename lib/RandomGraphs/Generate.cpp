//===- Generate.cpp - The random graph of a seed and a number ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

namespace {
/// A family of rules and its weight in the draw.
struct Family {
  ArrayRef<Rule> rules;
  int64_t share;
};
} // namespace

static void addRule(Builder &b, ArrayRef<Family> families) {
  int64_t sum = 0;
  for (const Family &family : families)
    sum += family.share;
  int64_t drawn = b.below(sum);
  for (const Family &family : families) {
    if (drawn < family.share) {
      auto count = static_cast<int64_t>(family.rules.size());
      (void)family.rules[b.below(count)](b);
      return;
    }
    drawn -= family.share;
  }
}

static void chooseOutputs(Builder &b) {
  std::vector<std::string> &outputs = b.graph.outputs;
  auto add = [&](const Item &item) {
    if (!is_contained(outputs, item.name()))
      outputs.push_back(item.name());
  };
  auto isComputed = [&](const Item &item) {
    return any_of(b.graph.nodes, [&](const Node &node) {
      return any_of(node.outputs, [&](const Value &value) {
        return value.name == item.name();
      });
    });
  };
  // The loss is taken of the first output.
  for (const Item &item : reverse(b.items))
    if (runtime::isFloat(item.value.kind) && isComputed(item)) {
      add(item);
      break;
    }
  for (int64_t more = b.oneOf<int64_t>({0, 0, 1, 1, 2, 3}); more > 0; --more)
    if (auto item = b.pick(isComputed))
      add(*item);
  // An output may be an input or a weight, or another name of an output.
  if (b.chance(6))
    add(b.items.front());
  if (b.chance(12))
    if (auto item = b.pick([](const Item &) { return true; }))
      add(b.emitLike("Identity", *item, item->bound));
}

Graph random_graphs::generate(uint64_t seed, uint64_t number) {
  Builder b(SplitMix64::mix(seed) + number);
  b.limit = static_cast<size_t>(b.between(2, 14));
  b.hasEmpty = b.chance(4);
  bool isQuantized = b.chance(25), hasIntegers = b.chance(20);
  if (!isQuantized && b.chance(20))
    b.real = b.oneOf({ElementKind::F64, ElementKind::F16, ElementKind::BF16});
  // Convolutions, pools and a few functions take bfloat16 from set 22 on.
  b.graph.opset =
      b.real == ElementKind::BF16 ? 22 : b.oneOf<int64_t>({20, 20, 21, 22});
  for (int64_t count = b.between(1, 2); count > 0; --count) {
    Shape shape;
    int64_t rank = b.oneOf<int64_t>({0, 1, 2, 2, 2, 3, 4, 4, 4});
    for (int64_t i = 0; i < rank; ++i)
      shape.push_back(rank == 4 && i >= 2 && b.chance(70) ? b.between(3, 6)
                                                          : b.extent());
    b.addInput(b.real, shape, -2, 2);
  }
  Family families[] = {{elementwiseRules(), 28},
                       {movementRules(), 28},
                       {shapeRules(), 6},
                       {layerRules(), 26},
                       {blockRules(), 12},
                       {integerRules(), hasIntegers ? 30 : 0},
                       {quantizedRules(), isQuantized ? 50 : 0}};
  for (int tries = 0; tries < 60 && !b.isFull(); ++tries)
    addRule(b, families);
  if (b.graph.nodes.empty())
    b.emitLike("Identity", b.items.front(), 2);
  chooseOutputs(b);
  if (b.graph.outputs.empty())
    b.graph.outputs.push_back(b.graph.nodes.back().outputs.front().name);
  b.graph.prune();
  return std::move(b.graph);
}
