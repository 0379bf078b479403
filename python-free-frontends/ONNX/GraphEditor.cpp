//===- GraphEditor.cpp - Rewrites an ONNX graph in place --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/GraphEditor.h"

#include "lib/Support/OutputFile.h"
#include "python-free-frontends/ONNX/Importer.h"
#include "python-free-frontends/ONNX/ModelFile.h"
#include "python-free-frontends/ONNX/Nodes.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;

FailureOr<GraphEditor> GraphEditor::open(StringRef path, MLIRContext *context,
                                         StringRef shownAs) {
  FailureOr<std::unique_ptr<::onnx::ModelProto>> model =
      readModelFile(path, context);
  if (failed(model))
    return failure();
  StringRef folder = llvm::sys::path::parent_path(path);
  separateParameters(**model, folder, makeOpTable(), context);
  GraphEditor editor(std::move(*model),
                     fileLocation(shownAs.empty() ? path : shownAs, context),
                     folder.str());
  if (failed(editor.readExternalData()))
    return failure();
  return std::move(editor);
}

LogicalResult GraphEditor::readExternalData() {
  for (::onnx::TensorProto &tensor : *getGraph().mutable_initializer()) {
    if (tensor.data_location() != ::onnx::TensorProto::EXTERNAL)
      continue;
    std::string error;
    ::onnx::TensorProto copy = tensor; // reading takes the data out
    FailureOr<FileTensor> read =
        readTensor(copy, folder, loc.getContext(), error);
    if (failed(read))
      return emitError(loc)
             << "initializer '" << tensor.name() << "': " << error;
    tensor.clear_external_data();
    tensor.clear_data_location();
    tensor.set_raw_data(read->bytes.data(), read->bytes.size());
  }
  return success();
}

LogicalResult GraphEditor::save(StringRef path) {
  std::string bytes;
  if (model->ByteSizeLong() > static_cast<size_t>(INT32_MAX) ||
      !model->SerializeToString(&bytes))
    return emitError(loc) << "the model exceeds the 2 GiB of a protobuf "
                             "message";
  if (llvm::Error error = writeFile(path, bytes))
    return emitError(loc) << llvm::toString(std::move(error));
  return success();
}

Location GraphEditor::getLoc(const NodeProto &node) const {
  StringRef name = !node.name().empty() ? StringRef(node.name())
                   : node.output_size() ? StringRef(node.output(0))
                                        : StringRef(node.op_type());
  return NameLoc::get(StringAttr::get(loc.getContext(), name), loc);
}

void GraphEditor::reindex() {
  producers.clear();
  readers.clear();
  initializers.clear();
  outputs.clear();
  for (NodeProto &node : *getGraph().mutable_node()) {
    for (const std::string &name : node.output())
      if (!name.empty())
        producers[name] = &node;
    for (const std::string &name : node.input())
      if (!name.empty())
        readers[name].push_back(&node);
    forEachBodyRead(node,
                    [&](StringRef name) { readers[name].push_back(&node); });
  }
  for (::onnx::TensorProto &tensor : *getGraph().mutable_initializer())
    initializers[tensor.name()] = &tensor;
  for (const ::onnx::ValueInfoProto &output : getGraph().output())
    outputs.insert(output.name());
}

NodeProto *GraphEditor::getProducer(StringRef name) {
  return producers.lookup(name);
}

ArrayRef<NodeProto *> GraphEditor::getReaders(StringRef name) {
  auto it = readers.find(name);
  return it == readers.end() ? ArrayRef<NodeProto *>() : it->second;
}

NodeProto *GraphEditor::getOnlyReader(StringRef name) {
  ArrayRef<NodeProto *> all = getReaders(name);
  return all.size() == 1 && !isOutput(name) ? all.front() : nullptr;
}

std::optional<FloatTensor> GraphEditor::getFloats(StringRef name) {
  ::onnx::TensorProto *proto = initializers.lookup(name);
  return proto ? readFloats(*proto) : std::nullopt;
}

std::optional<FloatTensor> GraphEditor::getConstant(StringRef name) {
  NodeProto *producer = getProducer(name);
  if (!producer || producer->op_type() != "Constant")
    return getFloats(name);
  if (const ::onnx::AttributeProto *value = findAttr(*producer, "value"))
    return readFloats(value->t());
  if (findAttr(*producer, "value_float"))
    return FloatTensor{{}, {float(getFloatAttr(*producer, "value_float", 0))}};
  return std::nullopt;
}

std::optional<SmallVector<int64_t>> GraphEditor::getInts(StringRef name) {
  const ::onnx::TensorProto *proto = initializers.lookup(name);
  NodeProto *producer = getProducer(name);
  if (producer && producer->op_type() == "Constant")
    if (const ::onnx::AttributeProto *value = findAttr(*producer, "value"))
      proto = &value->t();
  if (!proto || proto->data_type() != ::onnx::TensorProto::INT64)
    return std::nullopt;
  std::string error;
  ::onnx::TensorProto copy = *proto; // reading takes the data out
  FailureOr<FileTensor> tensor =
      readTensor(copy, folder, loc.getContext(), error);
  if (failed(tensor))
    return std::nullopt;
  return tensor->getInts();
}

std::optional<FloatTensor>
GraphEditor::readFloats(const ::onnx::TensorProto &proto) {
  if (proto.data_type() != ::onnx::TensorProto::FLOAT)
    return std::nullopt;
  std::string error;
  ::onnx::TensorProto copy = proto; // reading takes the data out
  FailureOr<FileTensor> tensor =
      readTensor(copy, folder, loc.getContext(), error);
  if (failed(tensor))
    return std::nullopt;
  FloatTensor result;
  result.shape = llvm::to_vector(tensor->type.getShape());
  for (int64_t i = 0; i < tensor->size(); ++i)
    result.values.push_back(static_cast<float>(tensor->getFloat(i)));
  return result;
}

void GraphEditor::setFloats(StringRef name, const FloatTensor &tensor) {
  setTensor<float>(name, ::onnx::TensorProto::FLOAT, tensor.shape,
                   tensor.values);
}

void GraphEditor::setRaw(StringRef name, int type, ArrayRef<int64_t> shape,
                         StringRef bytes) {
  ::onnx::TensorProto *&proto = initializers[name];
  if (!proto)
    proto = getGraph().add_initializer();
  proto->Clear();
  proto->set_name(name.str());
  proto->set_data_type(type);
  for (int64_t extent : shape)
    proto->add_dims(extent);
  proto->set_raw_data(bytes.data(), bytes.size());
}

void GraphEditor::dropUnused() {
  reindex();
  auto &list = *getGraph().mutable_initializer();
  llvm::StringSet<> gone;
  for (int i = list.size(); i-- > 0;)
    if (getReaders(list[i].name()).empty() && !isOutput(list[i].name())) {
      gone.insert(list[i].name());
      list.DeleteSubrange(i, 1);
    }
  // Older files list initializers among the inputs.
  auto &inputs = *getGraph().mutable_input();
  for (int i = inputs.size(); i-- > 0;)
    if (gone.contains(inputs[i].name()))
      inputs.DeleteSubrange(i, 1);
  reindex();
}

const ::onnx::AttributeProto *
coppice::onnx_frontend::findAttr(const NodeProto &node, StringRef name) {
  for (const ::onnx::AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

void coppice::onnx_frontend::dropAttr(NodeProto &node, StringRef name) {
  auto &list = *node.mutable_attribute();
  for (int i = list.size(); i-- > 0;)
    if (list[i].name() == name)
      list.DeleteSubrange(i, 1);
}

int64_t coppice::onnx_frontend::getIntAttr(const NodeProto &node,
                                           StringRef name, int64_t byDefault) {
  const ::onnx::AttributeProto *attribute = findAttr(node, name);
  return attribute ? attribute->i() : byDefault;
}

double coppice::onnx_frontend::getFloatAttr(const NodeProto &node,
                                            StringRef name, double byDefault) {
  const ::onnx::AttributeProto *attribute = findAttr(node, name);
  return attribute ? attribute->f() : byDefault;
}

void coppice::onnx_frontend::setIntAttr(NodeProto &node, StringRef name,
                                        int64_t value) {
  ::onnx::AttributeProto *attribute = nullptr;
  for (::onnx::AttributeProto &other : *node.mutable_attribute())
    if (other.name() == name)
      attribute = &other;
  if (!attribute)
    attribute = node.add_attribute();
  attribute->set_name(name.str());
  attribute->set_type(::onnx::AttributeProto::INT);
  attribute->set_i(value);
}
