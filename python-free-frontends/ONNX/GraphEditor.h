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

/// The values of a float initializer.
struct FloatTensor {
  llvm::SmallVector<int64_t> shape;
  std::vector<float> values;

  /// Returns the number of elements for each index of axis 0.
  int64_t getRowSize() const {
    return shape.empty() || shape[0] == 0 ? 0
                                          : int64_t(values.size()) / shape[0];
  }
};

/// A model read from a file, with an index of the producers and readers of
/// names.
class GraphEditor {
public:
  /// Messages name the file `shownAs`, if it is given. External data is read
  /// into the model, because an edited model may be written to another folder.
  static mlir::FailureOr<GraphEditor> open(llvm::StringRef path,
                                           mlir::MLIRContext *context,
                                           llvm::StringRef shownAs = {});
  mlir::LogicalResult save(llvm::StringRef path);

  ::onnx::GraphProto &getGraph() { return *model->mutable_graph(); }
  ::onnx::ModelProto &getModel() { return *model; }
  mlir::Location getLoc() const { return loc; }
  mlir::Location getLoc(const ::onnx::NodeProto &node) const;

  /// Returns the node that produces `name`; null for inputs and initializers.
  ::onnx::NodeProto *getProducer(llvm::StringRef name);
  llvm::ArrayRef<::onnx::NodeProto *> getReaders(llvm::StringRef name);
  bool isOutput(llvm::StringRef name) const { return outputs.contains(name); }
  /// Returns the only reader of `name`; null if there are several, or if `name`
  /// is an output of the model.
  ::onnx::NodeProto *getOnlyReader(llvm::StringRef name);
  bool isInitializer(llvm::StringRef name) const {
    return initializers.contains(name);
  }
  /// Returns the values of a float32 initializer; nullopt for any other name.
  std::optional<FloatTensor> getFloats(llvm::StringRef name);
  /// Returns the values of a float32 initializer or Constant node.
  std::optional<FloatTensor> getConstant(llvm::StringRef name);
  /// Returns the values of an initializer or Constant node of int64.
  std::optional<llvm::SmallVector<int64_t>> getInts(llvm::StringRef name);

  /// Adds an initializer `name`, or replaces its values.
  void setFloats(llvm::StringRef name, const FloatTensor &tensor);
  template <typename T>
  void setTensor(llvm::StringRef name, int type, llvm::ArrayRef<int64_t> shape,
                 llvm::ArrayRef<T> values) {
    setRaw(name, type, shape,
           llvm::StringRef(reinterpret_cast<const char *>(values.data()),
                           values.size() * sizeof(T)));
  }
  /// Returns a name like `base` that is not used in the model.
  std::string getFreshName(llvm::StringRef base) { return names.make(base); }
  /// Removes initializers without readers.
  void dropUnused();
  /// Rebuilds the index after nodes have changed.
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

/// Returns an attribute; null if the node has none of that name.
const ::onnx::AttributeProto *findAttr(const ::onnx::NodeProto &node,
                                       llvm::StringRef name);
void dropAttr(::onnx::NodeProto &node, llvm::StringRef name);
/// Return an attribute, or the default if it is absent.
int64_t getIntAttr(const ::onnx::NodeProto &node, llvm::StringRef name,
                   int64_t byDefault);
double getFloatAttr(const ::onnx::NodeProto &node, llvm::StringRef name,
                    double byDefault);
void setIntAttr(::onnx::NodeProto &node, llvm::StringRef name, int64_t value);

/// Puts nodes that have a training mode into evaluation mode, so that other
/// tools compute what `coppice eval` does. A node stays in training mode if one
/// of its training results is read.
void setEvaluationMode(::onnx::ModelProto &model);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_GRAPHEDITOR_H
