//===- RaiseOperatorSet.cpp - Rewrites nodes to operator set 13 -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/EntryPoint.h"
#include "python-free-frontends/ONNX/FileTensor.h"
#include "python-free-frontends/ONNX/Nodes.h"
#include "python-free-frontends/ONNX/OperatorSet.h"
#include "python-free-frontends/ONNX/Schema.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::AttributeProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

namespace {
/// Rewrites nodes of operator set `from`. A conversion returns why a node has
/// no form in the newer set, or an empty text.
class Converter {
public:
  Converter(GraphEditor &editor, int64_t from,
            const llvm::StringMap<RankedTensorType> &types)
      : editor(editor), from(from), types(types) {}

  LogicalResult run();

  std::string convertBatchNorm(NodeProto &node);
  std::string convertClip(NodeProto &node);
  std::string convertDropout(NodeProto &node);
  std::string convertPad(NodeProto &node);
  std::string convertResize(NodeProto &node);
  std::string convertSlice(NodeProto &node);
  std::string convertSoftmax(NodeProto &node);
  std::string convertTopK(NodeProto &node);
  std::string convertUpsample(NodeProto &node);
  std::string moveAxes(NodeProto &node) { return moveInts(node, "axes"); }
  std::string moveSplit(NodeProto &node) { return moveInts(node, "split"); }

private:
  /// Moves an attribute, if it is there, to an input behind the node's other
  /// inputs.
  std::string moveInts(NodeProto &node, StringRef attribute);
  /// Adds an initializer that the node reads as its next input.
  void addInts(NodeProto &node, StringRef role, ArrayRef<int64_t> shape,
               ArrayRef<int64_t> values);
  /// Adds an initializer of one float, with the element type of the node's
  /// input 0, that the node reads as its next input.
  void addNumber(NodeProto &node, StringRef role, double value);
  void addNode(StringRef op, ArrayRef<std::string> inputs, StringRef output);

  GraphEditor &editor;
  int64_t from;
  const llvm::StringMap<RankedTensorType> &types;
  std::vector<NodeProto> nodes;
};

/// A change of an operator's form: nodes of sets before `since` are rewritten.
struct Change {
  StringRef op;
  int64_t since;
  std::string (Converter::*convert)(NodeProto &);
  /// Whether the conversion depends on the type of the node's input.
  bool readsType = false;

  bool applies(const NodeProto &node, int64_t from) const {
    return isONNXDomain(node.domain()) && node.op_type() == op && from < since;
  }
};
} // namespace

/// The changes between the operator sets 7 and 13, except those that only allow
/// more.
static constexpr Change kChanges[] = {
    {"BatchNormalization", 9, &Converter::convertBatchNorm},
    {"Clip", 11, &Converter::convertClip, /*readsType=*/true},
    {"Dropout", 12, &Converter::convertDropout, /*readsType=*/true},
    {"LogSoftmax", 13, &Converter::convertSoftmax, /*readsType=*/true},
    {"Pad", 11, &Converter::convertPad, /*readsType=*/true},
    {"ReduceSum", 13, &Converter::moveAxes},
    {"Resize", 11, &Converter::convertResize},
    {"Slice", 10, &Converter::convertSlice},
    {"Softmax", 13, &Converter::convertSoftmax, /*readsType=*/true},
    {"Split", 13, &Converter::moveSplit},
    {"Squeeze", 13, &Converter::moveAxes},
    {"TopK", 10, &Converter::convertTopK},
    {"Unsqueeze", 13, &Converter::moveAxes},
    {"Upsample", 10, &Converter::convertUpsample},
};

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> getInts(const NodeProto &node, StringRef name) {
  const AttributeProto *attribute = findAttr(node, name);
  return attribute ? SmallVector<int64_t>(attribute->ints().begin(),
                                          attribute->ints().end())
                   : SmallVector<int64_t>();
}

static void setString(NodeProto &node, StringRef name, StringRef value) {
  dropAttr(node, name);
  AttributeProto *attribute = node.add_attribute();
  attribute->set_name(name.str());
  attribute->set_type(AttributeProto::STRING);
  attribute->set_s(value.str());
}

void Converter::addInts(NodeProto &node, StringRef role,
                        ArrayRef<int64_t> shape, ArrayRef<int64_t> values) {
  std::string name = editor.getFreshName(node.output(0) + "_" + role.str());
  editor.setTensor<int64_t>(name, TensorProto::INT64, shape, values);
  node.add_input(name);
}

std::string Converter::moveInts(NodeProto &node, StringRef attribute) {
  if (!findAttr(node, attribute))
    return {};
  SmallVector<int64_t> values = getInts(node, attribute);
  dropAttr(node, attribute);
  addInts(node, attribute, int64_t(values.size()), values);
  return {};
}

void Converter::addNumber(NodeProto &node, StringRef role, double value) {
  RankedTensorType type = types.lookup(node.input(0));
  auto element =
      type ? dyn_cast<FloatType>(type.getElementType()) : FloatType();
  std::string name = editor.getFreshName(node.output(0) + "_" + role.str());
  node.add_input(name);
  if (!element || element.isF32())
    return editor.setTensor<float>(name, TensorProto::FLOAT, {}, float(value));
  if (element.isF64())
    return editor.setTensor<double>(name, TensorProto::DOUBLE, {}, value);
  llvm::APFloat number(value);
  bool loses;
  number.convert(element.getFloatSemantics(),
                 llvm::APFloat::rmNearestTiesToEven, &loses);
  auto bits = uint16_t(number.bitcastToAPInt().getZExtValue());
  editor.setTensor<uint16_t>(
      name, element.isBF16() ? TensorProto::BFLOAT16 : TensorProto::FLOAT16, {},
      bits);
}

void Converter::addNode(StringRef op, ArrayRef<std::string> inputs,
                        StringRef output) {
  NodeProto &node = nodes.emplace_back();
  node.set_op_type(op.str());
  node.set_name(output.str());
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(output.str());
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

std::string Converter::convertBatchNorm(NodeProto &node) {
  if (getIntAttr(node, "spatial", 1) == 0)
    return "its attribute 'spatial' is 0";
  dropAttr(node, "spatial");
  return {};
}

std::string Converter::convertClip(NodeProto &node) {
  for (StringRef end : {"min", "max"}) {
    if (!findAttr(node, end)) {
      if (end == "min" && findAttr(node, "max"))
        node.add_input("");
      continue;
    }
    addNumber(node, end, getFloatAttr(node, end, 0));
    dropAttr(node, end);
  }
  return {};
}

std::string Converter::convertDropout(NodeProto &node) {
  if (node.output_size() > 1) {
    const std::string &mask = node.output(1);
    if (from < 10 && !mask.empty() &&
        (editor.isOutput(mask) || !editor.getReaders(mask).empty()))
      return "its mask has another type in operator set 13";
    if (from < 10)
      node.mutable_output()->RemoveLast();
  }
  // Without the input training_mode the node is the identity, as in older sets.
  double ratio = getFloatAttr(node, "ratio", 0.5);
  dropAttr(node, "ratio");
  addNumber(node, "ratio", ratio);
  return {};
}

std::string Converter::convertPad(NodeProto &node) {
  SmallVector<int64_t> pads = getInts(node, "pads");
  double value = getFloatAttr(node, "value", 0);
  dropAttr(node, "pads");
  dropAttr(node, "value");
  addInts(node, "pads", int64_t(pads.size()), pads);
  const AttributeProto *mode = findAttr(node, "mode");
  if (!mode || mode->s() == "constant")
    addNumber(node, "value", value);
  return {};
}

/// Older sets define one way to find the neighbours of a point. Operator set 11
/// has attributes for it.
static void setOldCoordinates(NodeProto &node) {
  setString(node, "coordinate_transformation_mode", "asymmetric");
  const AttributeProto *mode = findAttr(node, "mode");
  if (!mode || mode->s() == "nearest")
    setString(node, "nearest_mode", "floor");
}

std::string Converter::convertResize(NodeProto &node) {
  std::string scales = node.input(1);
  node.set_input(1, "");
  node.add_input(scales);
  setOldCoordinates(node);
  // Operator set 10 takes the upper neighbour along an axis that shrinks.
  std::optional<FloatTensor> factors = editor.getConstant(scales);
  if (!findAttr(node, "nearest_mode") || !factors ||
      llvm::none_of(factors->values, [](double v) { return v < 1; }))
    return {};
  if (llvm::any_of(factors->values, [](double v) { return v > 1; }))
    return "it shrinks along one axis and grows along another";
  setString(node, "nearest_mode", "ceil");
  return {};
}

std::string Converter::convertUpsample(NodeProto &node) {
  if (const AttributeProto *attribute = findAttr(node, "scales")) {
    std::vector<float> scales(attribute->floats().begin(),
                              attribute->floats().end());
    dropAttr(node, "scales");
    std::string name = editor.getFreshName(node.output(0) + "_scales");
    editor.setTensor<float>(name, TensorProto::FLOAT, int64_t(scales.size()),
                            scales);
    node.add_input(name);
  }
  if (node.input_size() != 2)
    return "its scales are missing";
  node.set_op_type("Resize");
  if (const AttributeProto *mode = findAttr(node, "mode");
      mode && mode->s() == "bilinear")
    setString(node, "mode", "linear");
  return convertResize(node);
}

std::string Converter::convertSlice(NodeProto &node) {
  for (StringRef attribute : {"starts", "ends", "axes"})
    moveInts(node, attribute);
  return {};
}

std::string Converter::convertTopK(NodeProto &node) {
  int64_t k = getIntAttr(node, "k", 1);
  dropAttr(node, "k");
  addInts(node, "k", 1, k);
  return {};
}

/// Before operator set 13 the axes from `axis` on are treated as one.
std::string Converter::convertSoftmax(NodeProto &node) {
  RankedTensorType type = types.lookup(node.input(0));
  if (!type)
    return "the rank of its input is not known";
  int64_t rank = type.getRank(), axis = getIntAttr(node, "axis", 1);
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank)
    return "its axis is outside of its input";
  // Axes of extent 1 make no difference, except the first, the batch, which may
  // grow.
  SmallVector<int64_t> wide;
  for (int64_t i = axis; i < rank; ++i)
    if (i == 0 || type.getDimSize(i) != 1)
      wide.push_back(i);
  if (wide.size() <= 1) {
    setIntAttr(node, "axis", wide.empty() ? rank - 1 : wide.front());
    return {};
  }
  std::string input = node.input(0), output = node.output(0);
  auto name = [&](StringRef role) {
    return editor.getFreshName(output + "_" + role.str());
  };
  std::string flat = name("flat"), rows = name("rows"), shape = name("shape");
  addNode("Flatten", {input}, flat);
  setIntAttr(nodes.back(), "axis", axis);
  node.set_input(0, flat);
  node.set_output(0, rows);
  setIntAttr(node, "axis", 1);
  nodes.push_back(node);
  addNode("Shape", {input}, shape);
  addNode("Reshape", {rows, shape}, output);
  node.Clear(); // written already
  return {};
}

LogicalResult Converter::run() {
  SmallVector<std::pair<Location, std::string>> offenders;
  for (const NodeProto &original : editor.getGraph().node()) {
    NodeProto node = original;
    std::string why;
    bool isOwn = isONNXDomain(node.domain());
    if (isOwn && from < 7)
      for (StringRef attribute : {"consumed_inputs", "is_test"})
        dropAttr(node, attribute);
    for (const Change &change : kChanges)
      if (change.applies(node, from))
        why = (this->*change.convert)(node);
    if (isOwn && why.empty() && !node.op_type().empty())
      why = checkAttributes(node, kQuantizationOpset);
    if (isOwn && why.empty() && !node.op_type().empty() &&
        !getOperatorVersion(node.op_type(), kQuantizationOpset))
      why = "operator set " + std::to_string(kQuantizationOpset) +
            " has no such operator";
    if (!why.empty())
      offenders.emplace_back(editor.getLoc(original),
                             original.op_type() + ": " + why);
    if (!node.op_type().empty())
      nodes.push_back(std::move(node));
  }
  if (!offenders.empty()) {
    InFlightDiagnostic diag =
        emitError(editor.getLoc())
        << "is of operator set " << from << ", and QDQ files need "
        << kQuantizationOpset << "; " << offenders.size()
        << (offenders.size() == 1 ? " node has" : " nodes have")
        << " no form there; convert the model to it first";
    for (auto &[loc, why] : offenders)
      diag.attachNote(loc) << why;
    return failure();
  }
  auto &list = *editor.getGraph().mutable_node();
  list.Clear();
  for (NodeProto &node : nodes)
    *list.Add() = std::move(node);
  editor.reindex();
  return success();
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

/// Returns the types of the inputs of nodes whose conversion depends on them.
static FailureOr<llvm::StringMap<RankedTensorType>>
readTypes(GraphEditor &editor, int64_t from, StringRef path,
          ONNXImportOptions options) {
  llvm::StringSet<> wanted;
  for (const NodeProto &node : editor.getGraph().node())
    if (node.input_size() &&
        llvm::any_of(kChanges,
                     [&](const Change &change) {
                       return change.readsType && change.applies(node, from);
                     }) &&
        wanted.insert(node.input(0)).second &&
        editor.getProducer(node.input(0)))
      options.extraOutputs.push_back(node.input(0));
  llvm::StringMap<RankedTensorType> types;
  if (wanted.empty())
    return types;
  MLIRContext *context = editor.getLoc().getContext();
  auto module = importONNX(path, options, context);
  if (failed(module))
    return failure();
  for (EntryPoint entry : getEntryPoints(**module))
    for (const auto &values : {entry.getInputs(), entry.getOutputs()})
      for (const EntryValue &value : values)
        if (auto tensor = dyn_cast<RankedTensorType>(value.type))
          types[value.name] = tensor;
  for (const TensorProto &tensor : editor.getGraph().initializer())
    if (Type element = getElementType(tensor.data_type(), context))
      types[tensor.name()] = RankedTensorType::get(
          SmallVector<int64_t>(tensor.dims().begin(), tensor.dims().end()),
          element);
  return types;
}

LogicalResult
coppice::onnx_frontend::raiseOperatorSet(GraphEditor &editor, StringRef path,
                                         const ONNXImportOptions &options) {
  for (::onnx::OperatorSetIdProto &opset :
       *editor.getModel().mutable_opset_import()) {
    if (!isONNXDomain(opset.domain()))
      continue;
    if (opset.version() >= kQuantizationOpset)
      break;
    auto types = readTypes(editor, opset.version(), path, options);
    if (failed(types) ||
        failed(Converter(editor, opset.version(), *types).run()))
      return failure();
    opset.set_version(kQuantizationOpset);
  }
  // Operator set 13 needs IR version 7, in which initializers need not be
  // inputs.
  if (editor.getModel().ir_version() < 7)
    editor.getModel().set_ir_version(7);
  return success();
}
