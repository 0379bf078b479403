//===- Builder.h - Makes random graphs node by node -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RANDOMGRAPHS_BUILDER_H
#define COPPICE_LIB_RANDOMGRAPHS_BUILDER_H

#include "lib/RandomGraphs/Graph.h"
#include "lib/Runtime/Random.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>

namespace coppice::random_graphs {

/// A value that later nodes may read. Its elements are at most `bound` in
/// magnitude, so that sums and exponentials stay in a range where rounding is
/// small.
struct Item {
  Value value;
  double bound = 2;
  bool isWeight = false;

  const std::string &name() const { return value.name; }
  const Shape &shape() const { return value.shape; }
  int64_t rank() const { return static_cast<int64_t>(value.shape.size()); }
};

/// Makes a graph node by node. The random choices depend on the seed alone.
class Builder {
public:
  explicit Builder(uint64_t seed) : random(seed, 0) {}

  //===--------------------------------------------------------------------===//
  // Drawing
  //===--------------------------------------------------------------------===//

  int64_t below(int64_t bound) {
    return static_cast<int64_t>(random.below(static_cast<uint64_t>(bound)));
  }
  /// An integer in [low, high].
  int64_t between(int64_t low, int64_t high) {
    return low + below(high - low + 1);
  }
  bool chance(int64_t percent) { return below(100) < percent; }
  double uniform(double low, double high) { return random.uniform(low, high); }
  template <typename T> T oneOf(std::initializer_list<T> choices) {
    return choices.begin()[below(static_cast<int64_t>(choices.size()))];
  }
  /// Usually 2 to 5, sometimes 1, and 0 in a graph with empty tensors.
  int64_t extent();

  //===--------------------------------------------------------------------===//
  // Leaves
  //===--------------------------------------------------------------------===//

  Item addInput(ElementKind kind, llvm::ArrayRef<int64_t> shape, double low,
                double high);
  /// Returns a float initializer with elements in [low, high], of the graph's
  /// float type: a new one, or sometimes an older one of this shape.
  Item addWeight(llvm::ArrayRef<int64_t> shape, double low, double high);
  /// A new initializer.
  Item addInitializer(ElementKind kind, llvm::ArrayRef<int64_t> shape,
                      std::vector<double> elements);
  /// Adds a vector of integers that an op reads as a shape.
  std::string addIntegers(llvm::ArrayRef<int64_t> elements);
  /// A float scalar of the graph's type.
  Item addScalar(double value);

  //===--------------------------------------------------------------------===//
  // Nodes
  //===--------------------------------------------------------------------===//

  /// Adds a node with one result.
  Item emit(llvm::StringRef op, llvm::ArrayRef<std::string> inputs,
            const std::string &attributes, ElementKind kind,
            llvm::ArrayRef<int64_t> shape, double bound);
  /// Adds a node whose result has the operand's type and shape.
  Item emitLike(llvm::StringRef op, const Item &x, double bound,
                const std::string &attributes = "");
  /// Adds a node with a result of each shape.
  std::vector<Item> emitSeveral(llvm::StringRef op,
                                llvm::ArrayRef<std::string> inputs,
                                const std::string &attributes, ElementKind kind,
                                llvm::ArrayRef<Shape> shapes, double bound);

  /// Picks a value that fits, one of the last ones more often than one of the
  /// first.
  std::optional<Item> pick(llvm::function_ref<bool(const Item &)> fits);
  /// A value of the graph's float type with at least `rank` axes and elements.
  std::optional<Item> pickFloat(int64_t minRank = 0, int64_t maxRank = 5);
  /// Returns `x`, or its hyperbolic tangent if `x` may be larger than `bound`.
  Item bounded(const Item &x, double bound);

  bool isFull() const { return graph.nodes.size() >= limit; }

  Graph graph;
  /// The float type of this graph.
  ElementKind real = ElementKind::F32;
  bool hasEmpty = false;
  size_t limit = 12;
  std::vector<Item> items;

private:
  std::string fresh(llvm::StringRef prefix) {
    return (prefix + llvm::Twine(names++)).str();
  }

  runtime::Random random;
  unsigned names = 0;
};

/// Adds a node or a group of nodes; false if no value fits.
using Rule = bool (*)(Builder &);

llvm::ArrayRef<Rule> elementwiseRules();
llvm::ArrayRef<Rule> movementRules();
llvm::ArrayRef<Rule> shapeRules();
llvm::ArrayRef<Rule> layerRules();
llvm::ArrayRef<Rule> integerRules();
llvm::ArrayRef<Rule> quantizedRules();
llvm::ArrayRef<Rule> blockRules();

/// The random graph of this number.
Graph generate(uint64_t seed, uint64_t number);

/// `axis = 1`; lists as `[1, 2]`.
std::string attribute(llvm::StringRef name, int64_t value);
std::string attribute(llvm::StringRef name, double value);
std::string attribute(llvm::StringRef name, llvm::StringRef value);
std::string attribute(llvm::StringRef name, llvm::ArrayRef<int64_t> values);

/// `to = 10`: the attribute of a Cast.
std::string castTo(ElementKind kind);

/// Returns the shape of two operands that broadcast; nullopt if they do not.
std::optional<Shape> broadcast(llvm::ArrayRef<int64_t> a,
                               llvm::ArrayRef<int64_t> b);

/// Largest number of elements of a value.
inline constexpr int64_t kMostElements = 600;

} // namespace coppice::random_graphs

#endif // COPPICE_LIB_RANDOMGRAPHS_BUILDER_H
