//===- GraphEditor.h - Rewrites an ONNX graph in place ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_GRAPHEDITOR_H
#define COPPICE_FRONTENDS_ONNX_GRAPHEDITOR_H

#include "python-free-frontends/ONNX/TakenNames.h"

#include "mlir/IR/Location.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace coppice::onnx_frontend {

/// A float initializer's values.
struct FloatTensor {
  llvm::SmallVector<int64_t> shape;
  std::vector<float> values;

  /// Elements for each index of axis 0.
  int64_t getRowSize() const {
    return shape.empty() || shape[0] == 0 ? 0
                                          : int64_t(values.size()) / shape[0];
  }
};

/// A model read from a file, with an index of who makes and who reads a name.
class GraphEditor {
public:
  /// Messages name the file `shownAs`, where given. Data in files beside the
  /// model are read in: an edited model may lie elsewhere.
  static mlir::FailureOr<GraphEditor> open(llvm::StringRef path,
                                           mlir::MLIRContext *context,
                                           llvm::StringRef shownAs = {});
  mlir::LogicalResult save(llvm::StringRef path);

  ::onnx::GraphProto &getGraph() { return *model->mutable_graph(); }
  ::onnx::ModelProto &getModel() { return *model; }
  mlir::Location getLoc() const { return loc; }
  mlir::Location getLoc(const ::onnx::NodeProto &node) const;

  /// The node that makes `name`; null for inputs and initializers.
  ::onnx::NodeProto *getProducer(llvm::StringRef name);
  llvm::ArrayRef<::onnx::NodeProto *> getReaders(llvm::StringRef name);
  bool isOutput(llvm::StringRef name) const { return outputs.contains(name); }
  /// The only reader of `name`, which the model does not give out; else null.
  ::onnx::NodeProto *getOnlyReader(llvm::StringRef name);
  bool isInitializer(llvm::StringRef name) const {
    return initializers.contains(name);
  }
  /// The values of a float32 initializer; nullopt for anything else.
  std::optional<FloatTensor> getFloats(llvm::StringRef name);
  /// The same, also of the tensor of a Constant node.
  std::optional<FloatTensor> getConstant(llvm::StringRef name);
  /// The values of an initializer or Constant node of int64.
  std::optional<llvm::SmallVector<int64_t>> getInts(llvm::StringRef name);

  /// Adds an initializer under `name`, or gives the one there new values.
  void setFloats(llvm::StringRef name, const FloatTensor &tensor);
  template <typename T>
  void setTensor(llvm::StringRef name, int type, llvm::ArrayRef<int64_t> shape,
                 llvm::ArrayRef<T> values) {
    setRaw(name, type, shape,
           llvm::StringRef(reinterpret_cast<const char *>(values.data()),
                           values.size() * sizeof(T)));
  }
  /// A name like `base` that nothing in the model has.
  std::string getFreshName(llvm::StringRef base) { return names.make(base); }
  /// Drops initializers that nothing reads.
  void dropUnused();
  /// Builds the index anew after nodes changed.
  void reindex();

private:
  GraphEditor(std::unique_ptr<::onnx::ModelProto> model, mlir::Location loc,
              std::string folder)
      : model(std::move(model)), loc(loc), folder(std::move(folder)) {
    reindex();
    names.collect(getGraph());
  }
  mlir::LogicalResult readExternalData();
  std::optional<FloatTensor> readFloats(const ::onnx::TensorProto &proto);
  void setRaw(llvm::StringRef name, int type, llvm::ArrayRef<int64_t> shape,
              llvm::StringRef bytes);

  std::unique_ptr<::onnx::ModelProto> model;
  mlir::Location loc;
  std::string folder;
  llvm::StringMap<::onnx::NodeProto *> producers;
  llvm::StringMap<llvm::SmallVector<::onnx::NodeProto *>> readers;
  llvm::StringMap<::onnx::TensorProto *> initializers;
  llvm::StringSet<> outputs;
  TakenNames names;
};

/// An attribute; null where the node has none of that name.
const ::onnx::AttributeProto *findAttr(const ::onnx::NodeProto &node,
                                       llvm::StringRef name);
void dropAttr(::onnx::NodeProto &node, llvm::StringRef name);
/// An attribute that may be absent.
int64_t getIntAttr(const ::onnx::NodeProto &node, llvm::StringRef name,
                   int64_t byDefault);
double getFloatAttr(const ::onnx::NodeProto &node, llvm::StringRef name,
                    double byDefault);
void setIntAttr(::onnx::NodeProto &node, llvm::StringRef name, int64_t value);

/// Puts the nodes that know a training mode into evaluation mode: other tools
/// then compute what `coppice eval` does. What reads a result that only
/// training has keeps it.
void setEvaluationMode(::onnx::ModelProto &model);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_GRAPHEDITOR_H
