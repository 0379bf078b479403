//===- ParameterUses.h - Readers of a file's tensors ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_PARAMETERUSES_H
#define COPPICE_FRONTENDS_ONNX_PARAMETERUSES_H

#include "python-free-frontends/ONNX/Importer.h"
#include "python-free-frontends/ONNX/TakenNames.h"

namespace coppice::onnx_frontend {

/// A node that forwards a tensor, and the index of its result.
struct Step {
  int node, output;
};

/// An operand that reads a tensor of the file, perhaps behind nodes that
/// forward it.
struct Use {
  /// -1 if the model returns the tensor, or a subgraph reads it.
  int node, input;
  OperandRole role;
  llvm::SmallVector<Step> steps;
};

/// A tensor of the file.
struct Source {
  ::onnx::TensorProto *tensor;
  /// The Constant node that holds the tensor; -1 for an initializer.
  int constant;
};

/// Uses that are one parameter.
struct Group {
  std::string key;
  llvm::SmallVector<const Use *> uses;

  bool isParameter() const {
    return llvm::all_of(
        uses, [](const Use *use) { return use->role != OperandRole::none; });
  }
};

/// A layer whose result reaches a node.
struct LayerBefore {
  std::string weight;
  int node, distance;
};

inline bool isStatistic(OperandRole role) {
  return role == OperandRole::mean || role == OperandRole::variance;
}

/// Returns the tensor of a Constant node; null if it has none.
::onnx::TensorProto *getConstantTensor(::onnx::NodeProto &node);

/// Finds the producers and readers of the names in a graph, and the uses of a
/// tensor that are one parameter.
class ParameterUses {
public:
  ParameterUses(::onnx::GraphProto &graph, llvm::StringRef folder,
                const OpTable &table, mlir::MLIRContext *context);

  std::optional<Source> getSource(llvm::StringRef name);
  /// Returns all uses of a tensor of the file, in the order of the nodes.
  llvm::SmallVector<Use> getUses(const std::string &name, const Source &source);
  llvm::SmallVector<Group> groupUses(const Source &source,
                                     llvm::ArrayRef<Use> uses) const;

  /// Returns the node that produces `name`; -1 for inputs and initializers.
  int getProducer(llvm::StringRef name) const {
    auto it = producers.find(name);
    return it == producers.end() ? -1 : it->second;
  }
  bool isOutput(llvm::StringRef name) const { return outputs.contains(name); }
  llvm::ArrayRef<std::pair<int, int>> getReaders(llvm::StringRef name) const {
    auto it = readers.find(name);
    return it == readers.end() ? llvm::ArrayRef<std::pair<int, int>>()
                               : it->second;
  }
  /// Whether a node of the original graph reads `name`.
  bool wasRead(llvm::StringRef name) const { return readers.contains(name); }

  // These functions keep the index up to date when the graph changes.
  std::string makeName(const llvm::Twine &base) { return names.make(base); }
  /// Adds `tensor` to the initializers.
  void addInitializer(const std::string &name, ::onnx::TensorProto tensor);
  /// Notes that `name` is computed from tensors of the file.
  void addKnown(llvm::StringRef name) { known.insert(name); }
  /// Makes `name` the operand of `use`.
  void setOperand(const Use &use, const std::string &name);

  ::onnx::GraphProto &graph;
  const llvm::StringRef folder;
  mlir::MLIRContext *const context;

private:
  const OpInfo *getInfo(int node) const {
    return findOp(table, graph.node(node).domain(), graph.node(node).op_type());
  }
  /// Returns the tensor of the file that `name` is, behind nodes that forward
  /// it; empty if it is another value.
  std::string traceSource(llvm::StringRef name) const;
  void collectUses(const std::string &name, llvm::SmallVector<Step> &steps,
                   const Source &source, llvm::SmallVectorImpl<Use> &uses);
  OperandRole getRole(int node, int input, const Source &source) const;
  /// Returns the tensor of the file that is the weight of `node`; empty if it
  /// has none.
  std::string getWeight(int node) const;
  /// Returns the operand that is not a tensor of the file; -1 if there is none.
  int getDataOperand(int node) const;
  /// Returns the last layer before `node`, which may be `node` itself.
  std::optional<LayerBefore> findLayerBefore(int node) const;
  /// Returns the node that produces `name`, behind nodes that forward it.
  int skipForwards(llvm::StringRef name) const;
  /// Whether a Constant that `node` adds or multiplies is the bias, scale or
  /// shift of the op before: a layer, a normalization, or the division that a
  /// normalization ends in. Other such nodes may lie in between.
  bool isBehindLayer(int node, int input) const;
  /// Whether the use is added to a layer's result.
  bool isBiasOfLayer(const Use &use) const;
  bool isSplat(const Source &source) const;

  const OpTable &table;
  llvm::StringMap<int> producers;
  llvm::StringMap<llvm::SmallVector<std::pair<int, int>>> readers;
  llvm::StringMap<::onnx::TensorProto *> initializers;
  TakenNames names;
  llvm::StringSet<> outputs;
  /// Names that nodes compute from tensors of the file alone.
  llvm::StringSet<> known;
  /// The layers that read a weight, by weight.
  llvm::StringMap<llvm::SmallVector<int>> layers;
};

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_PARAMETERUSES_H
