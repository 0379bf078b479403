//===- Graph.h - A small ONNX graph as data ---------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RANDOMGRAPHS_GRAPH_H
#define COPPICE_LIB_RANDOMGRAPHS_GRAPH_H

#include "lib/Runtime/HostTensor.h"

#include <string>
#include <vector>

namespace coppice::random_graphs {

using runtime::ElementKind;
using Shape = llvm::SmallVector<int64_t, 4>;

/// Returns the number of elements of a tensor of this shape.
inline int64_t countElements(llvm::ArrayRef<int64_t> shape) {
  int64_t elements = 1;
  for (int64_t extent : shape)
    elements *= extent;
  return elements;
}

/// A tensor of the graph. The elements of an input lie in [`low`, `high`].
struct Value {
  std::string name;
  ElementKind kind = ElementKind::F32;
  Shape shape;
  double low = -2, high = 2;

  int64_t size() const { return countElements(shape); }
};

struct Initializer {
  Value value;
  std::vector<double> elements;
};

struct Node {
  std::string op;
  std::vector<std::string> inputs; // an empty name: the input is left out
  std::string attributes;          // `axis = 1, keepdims = 0`
  std::vector<Value> outputs;
};

struct Graph {
  int64_t opset = 20;
  std::vector<Value> inputs;
  std::vector<Initializer> initializers;
  std::vector<Node> nodes;
  std::vector<std::string> outputs;
  /// Whether the text has the outputs' shapes; else they are inferred.
  bool declaresShapes = true;

  /// Returns the value of this name; null if there is none.
  const Value *find(llvm::StringRef name) const;
  /// Drops nodes, inputs and initializers that no output depends on. At least
  /// one input stays.
  void prune();
  /// Prints the graph in ONNX's text syntax.
  std::string print() const;
};

} // namespace coppice::random_graphs

#endif // COPPICE_LIB_RANDOMGRAPHS_GRAPH_H
