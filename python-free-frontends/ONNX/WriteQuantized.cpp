//===- WriteQuantized.cpp - A float model as a QDQ model --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Diagnostics.h"
#include "python-free-frontends/ONNX/OperatorSet.h"
#include "python-free-frontends/ONNX/QuantizationPlan.h"
#include "python-free-frontends/ONNX/WeightCodes.h"

#include <cmath>

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

//===----------------------------------------------------------------------===//
// The graph
//===----------------------------------------------------------------------===//

namespace {
class QuantizedWriter {
public:
  QuantizedWriter(GraphEditor &editor,
                  const llvm::StringMap<ActivationCodes> &activations,
                  const QuantizedFileOptions &options)
      : editor(editor), activations(activations), options(options),
        varying(findVarying(editor)) {}

  LogicalResult run();
  QuantizedNodes takeNodes() { return std::move(written); }

private:
  /// Returns the codes of a tensor, or of the tensor whose elements it has.
  const ActivationCodes *getCodes(StringRef name);
  LogicalResult checkLearned();
  void addConversions(StringRef name, StringRef from, bool clip = true);
  void add(StringRef op, ArrayRef<std::string> inputs, StringRef output,
           std::optional<int64_t> axis = {});
  std::string quantizeLayer(NodeProto &node);
  std::string describe(StringRef name);
  std::string whyFloat(const NodeProto &node);
  std::string whyOtherFloat(const NodeProto &node);
  void convertNode(const NodeProto &original);
  void quantizeConstant(NodeProto &node, int input);
  std::vector<double> getMeanShift(const NodeProto &node,
                                   const WeightCodes &weight,
                                   const FloatTensor &real);
  std::string addBias(StringRef name, const FloatTensor &bias,
                      ArrayRef<double> shift, ArrayRef<float> weightScales,
                      double inputScale);

  /// Returns a new name derived from tensor `name`, always the same one.
  std::string derive(StringRef name, StringRef suffix) {
    std::string &derived = derivedNames[(name + "/" + suffix).str()];
    if (derived.empty())
      derived = editor.getFreshName((name + suffix).str());
    return derived;
  }
  std::string realName(StringRef name) {
    return editor.isOutput(name) ? derive(name, "_float") : name.str();
  }
  std::string dequantizedName(StringRef name) {
    return editor.isOutput(name) ? name.str() : derive(name, "_dq");
  }
  /// Adds codes as initializers, and the node that dequantizes them, whose name
  /// is returned. `axis` is the axis of several scales.
  template <typename T>
  std::string addCodes(StringRef name, int type, ArrayRef<int64_t> shape,
                       ArrayRef<T> codes, ArrayRef<float> scales,
                       ArrayRef<T> zeros, std::optional<int64_t> axis = {});

  GraphEditor &editor;
  const llvm::StringMap<ActivationCodes> &activations;
  QuantizedFileOptions options;
  llvm::StringSet<> varying;
  std::vector<NodeProto> nodes;
  /// Initializers that have codes. Those in `channelConstants` have one scale
  /// for each number.
  llvm::StringSet<> constants, channelConstants, weights;
  /// The biases that additions behind matrix products read in place of their
  /// own.
  llvm::StringMap<std::string> productBiases;
  llvm::StringMap<std::string> derivedNames;
  /// The reason why the current node has no codes, or not all.
  std::string reason;
  QuantizedNodes written;
};
} // namespace

const ActivationCodes *QuantizedWriter::getCodes(StringRef name) {
  auto it = activations.find(getCodesOwner(editor, name));
  return it == activations.end() ? nullptr : &it->second;
}

void QuantizedWriter::add(StringRef op, ArrayRef<std::string> inputs,
                          StringRef output, std::optional<int64_t> axis) {
  NodeProto node;
  node.set_op_type(op.str());
  node.set_name(op == "QuantizeLinear" ? output.str()
                                       : derive(output, "_node"));
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(output.str());
  if (axis)
    setIntAttr(node, "axis", *axis);
  nodes.push_back(std::move(node));
}

template <typename T>
std::string
QuantizedWriter::addCodes(StringRef name, int type, ArrayRef<int64_t> shape,
                          ArrayRef<T> codes, ArrayRef<float> scales,
                          ArrayRef<T> zeros, std::optional<int64_t> axis) {
  SmallVector<int64_t, 1> count;
  if (axis)
    count.push_back(int64_t(scales.size()));
  std::string q = derive(name, "_q"), scale = derive(name, "_scale"),
              zero = derive(name, "_zero"), real = derive(name, "_dq");
  editor.setTensor<T>(q, type, shape, codes);
  editor.setTensor<float>(scale, TensorProto::FLOAT, count, scales);
  editor.setTensor<T>(zero, type, count, zeros);
  add("DequantizeLinear", {q, scale, zero}, real, axis);
  return real;
}

/// Adds the conversions of tensor `name`, whose real values are `from`. With
/// `clip`, they may lie outside of the range of the codes.
void QuantizedWriter::addConversions(StringRef name, StringRef from,
                                     bool clip) {
  const ActivationCodes &codes = *getCodes(name);
  std::string scale = derive(name, "_scale"), zero = derive(name, "_zero");
  auto zeroPoint = int8_t(codes.zeroPoint);
  editor.setTensor<float>(scale, TensorProto::FLOAT, {}, codes.scale);
  editor.setTensor<int8_t>(zero, TensorProto::INT8, {}, zeroPoint);
  std::string real = from.str();
  if (clip && codes.bits < 8) {
    // A byte holds more codes than these, so clip first.
    int64_t first = -(int64_t(1) << (codes.bits - 1));
    auto addEnd = [&](StringRef suffix, int64_t code) {
      std::string end = derive(name, suffix);
      editor.setTensor<float>(end, TensorProto::FLOAT, {},
                              float(code - codes.zeroPoint) * codes.scale);
      return end;
    };
    std::string low = addEnd("_min", first), high = addEnd("_max", -first - 1);
    add("Clip", {real, low, high}, derive(name, "_clip"));
    real = derive(name, "_clip");
  }
  std::string q = derive(name, "_q");
  add("QuantizeLinear", {real, scale, zero}, q);
  add("DequantizeLinear", {q, scale, zero}, dequantizedName(name));
}

/// Quantizes a constant operand of an elementwise op to codes of 8 bits, with
/// one scale, or with one for each number if they differ too much.
void QuantizedWriter::quantizeConstant(NodeProto &node, int input) {
  std::string name = node.input(input);
  std::optional<ActivationCodes> chosen = chooseConstantCodes(editor, name);
  if (!chosen)
    return;
  FloatTensor tensor = *editor.getFloats(name);
  if (tensor.values.size() > 1 && !fitsOneScale(editor, node, input, *chosen)) {
    std::optional<int64_t> axis = getOnlyAxis(tensor.shape);
    // Training used these numbers without codes.
    if (!axis || options.learned || constants.contains(name)) {
      reason = "its constant '" + name +
               "' holds numbers that differ too much for codes of one scale";
      return;
    }
    if (channelConstants.insert(name).second) {
      WeightCodes codes(tensor, *axis, 127, {});
      std::vector<int8_t> zeros(codes.scales.size(), 0);
      addCodes<int8_t>(name, TensorProto::INT8, tensor.shape, codes.codes,
                       codes.scales, zeros, axis);
    }
  } else if (!channelConstants.contains(name) &&
             constants.insert(name).second) {
    if (options.learned) {
      auto it = options.learned->constants.find(name);
      if (it != options.learned->constants.end())
        chosen = it->second;
    }
    std::vector<int8_t> codes;
    for (float value : tensor.values) {
      double code = std::nearbyint(double(value) / chosen->scale) +
                    double(chosen->zeroPoint);
      codes.push_back(int8_t(std::min(std::max(code, -128.0), 127.0)));
    }
    addCodes<int8_t>(name, TensorProto::INT8, tensor.shape, codes,
                     chosen->scale, int8_t(chosen->zeroPoint));
  }
  node.set_input(input, derive(name, "_dq"));
}

/// Returns the change of the mean of each output channel that rounding the
/// weights causes, from the means of the layer's input; empty if those are not
/// known.
std::vector<double> QuantizedWriter::getMeanShift(const NodeProto &node,
                                                  const WeightCodes &weight,
                                                  const FloatTensor &real) {
  bool isConv = node.op_type() == "Conv";
  if (!options.means || (!isConv && real.shape.size() != 2) ||
      (node.op_type() == "Gemm" && getIntAttr(node, "transA", 0)))
    return {};
  auto it = options.means->find(node.input(0));
  if (it == options.means->end())
    return {};
  ArrayRef<double> means = isConv ? it->second.second : it->second.last;
  auto channels = int64_t(weight.scales.size());
  int64_t groups = isConv ? getIntAttr(node, "group", 1) : 1;
  int64_t features = real.shape[weight.axis == 0 ? 1 : 0];
  if (int64_t(means.size()) != features * groups)
    return {};
  int64_t row = real.getRowSize();
  std::vector<double> shift(weight.scales.size());
  for (auto [i, value] : llvm::enumerate(real.values)) {
    int64_t o = weight.channelOf(int64_t(i));
    int64_t feature = int64_t(i) / row; // of [features, channels]
    if (weight.axis == 0)
      feature = o / (channels / groups) * features +
                int64_t(i) % row / (row / features);
    shift[o] += (double(weight.codes[i]) * weight.scales[o] - double(value)) *
                means[feature];
  }
  return shift;
}

/// Adds int32 codes of `bias` minus `shift`, if there is one, with scale s_x
/// s_w. Returns the name of their real values.
std::string QuantizedWriter::addBias(StringRef base, const FloatTensor &bias,
                                     ArrayRef<double> shift,
                                     ArrayRef<float> weightScales,
                                     double inputScale) {
  std::vector<float> scales;
  std::vector<int32_t> codes;
  for (auto [o, weightScale] : llvm::enumerate(weightScales)) {
    scales.push_back(float(inputScale * weightScale));
    auto value = float(bias.values[o] - (shift.empty() ? 0 : shift[o]));
    codes.push_back(int32_t(std::nearbyint(double(value) / scales.back())));
  }
  std::vector<int32_t> zeros(codes.size(), 0);
  return addCodes<int32_t>(base, TensorProto::INT32, int64_t(codes.size()),
                           codes, scales, zeros, 0);
}

/// Describes the origin of `name`, for a message that it has no codes.
std::string QuantizedWriter::describe(StringRef name) {
  std::string text = ("'" + name + "'").str();
  if (const NodeProto *producer = editor.getProducer(name))
    text += ", the result of " + producer->op_type() + ",";
  return text;
}

/// Returns why a convolution or matrix product keeps its float weight; empty if
/// it does not.
std::string QuantizedWriter::whyFloat(const NodeProto &node) {
  StringRef name = node.input(1);
  if (editor.isInitializer(node.input(0)))
    return "its first factor '" + node.input(0) + "' is a constant";
  if (!getCodes(StringRef(node.input(0))))
    return "its input " + describe(node.input(0)) + " has no codes";
  std::optional<FloatTensor> real = editor.getFloats(name);
  if (!real && getCodes(name))
    return {}; // a product of two activations
  if (!real)
    return "its weight " + describe(name) + " has no codes";
  if (real->shape.size() < 2 || real->values.empty())
    return ("its weight '" + name + "' is not a matrix").str();
  if (editor.getReaders(name).size() != 1)
    return ("its weight '" + name + "' is read by other nodes too").str();
  return {};
}

/// Returns why a node that is not a layer with weights computes with floats;
/// empty if it does not.
std::string QuantizedWriter::whyOtherFloat(const NodeProto &node) {
  for (const std::string &name : node.input())
    if (varying.contains(name) && !getCodes(name))
      return "its input " + describe(name) + " has no codes";
  if (!computes(node))
    return "'coppice quantize' gives the result of " + node.op_type() +
           " no codes";
  return getCodes(node.output(0)) ? "" : "its result has no codes";
}

/// Quantizes weight and bias of a convolution or matrix product whose input has
/// codes. Returns the name of a bias that must be added to the node's result,
/// if any.
std::string QuantizedWriter::quantizeLayer(NodeProto &node) {
  NodeProto *addition = getBiasAddition(editor, node);
  std::string biasName;
  if (addition)
    biasName = addition->input(getBiasOperand(*addition, node));
  else if (node.op_type() != "MatMul" && node.input_size() > 2)
    biasName = node.input(2);
  // The bias stays a float until it has codes. It is not a constant of an
  // elementwise layer.
  if (addition)
    productBiases[biasName] = biasName;
  std::string name = node.input(1);
  std::optional<FloatTensor> real = editor.getFloats(name);
  reason = whyFloat(node);
  if (!reason.empty() || !real)
    return {};
  const ActivationCodes *input = getCodes(StringRef(node.input(0)));
  int64_t axis = node.op_type() == "Conv" ? 0
                 : node.op_type() == "Gemm" && getIntAttr(node, "transB", 0)
                     ? 0
                     : int64_t(real->shape.size()) - 1;
  ArrayRef<float> scales;
  if (options.learned) {
    auto it = options.learned->weightScales.find(name);
    if (it == options.learned->weightScales.end() ||
        int64_t(it->second.size()) != real->shape[axis])
      return {};
    scales = it->second;
  }
  WeightCodes weight(*real, axis, (int64_t(1) << (input->bits - 1)) - 1,
                     scales);
  weights.insert(name);

  std::string behind;
  bool plain =
      node.op_type() != "Gemm" || (getFloatAttr(node, "alpha", 1) == 1 &&
                                   getFloatAttr(node, "beta", 1) == 1);
  auto channels = int64_t(weight.scales.size());
  std::optional<FloatTensor> bias;
  if (biasName.empty())
    bias = FloatTensor{{channels}, std::vector<float>(channels)};
  else
    bias = editor.getFloats(biasName);
  if (!plain && !biasName.empty())
    reason = "its alpha or beta is not 1, which leaves its bias '" + biasName +
             "' float";
  else if (!biasName.empty() && !bias)
    reason = "its bias " + describe(biasName) + " has no codes";
  // The bias must have one number for each channel, not for each row.
  if (plain && bias && int64_t(bias->values.size()) == channels &&
      (bias->shape.empty() || bias->shape.back() == channels)) {
    weight.fitBias(*bias, *real, input->scale);
    std::vector<double> shift = getMeanShift(node, weight, *real);
    // A layer without a bias gets one for the correction.
    if (!biasName.empty() || !shift.empty()) {
      // The codes of a bias depend on the layer, so each layer gets its own
      // copy of a shared bias.
      bool isOwn = editor.getReaders(biasName).size() == 1;
      std::string added =
          addBias(isOwn ? biasName : derive(node.output(0), ".bias"), *bias,
                  shift, weight.scales, input->scale);
      if (addition)
        productBiases[biasName] = added;
      else if (node.op_type() == "MatMul")
        behind = added;
      else if (node.input_size() > 2)
        node.set_input(2, added);
      else
        node.add_input(added);
    }
  }
  std::vector<int8_t> zeros(weight.scales.size(), 0);
  node.set_input(1, addCodes<int8_t>(name, TensorProto::INT8, real->shape,
                                     weight.codes, weight.scales, zeros, axis));
  return behind;
}

/// Checks that every learned scale belongs to a tensor with codes, so that the
/// file computes what training computed.
LogicalResult QuantizedWriter::checkLearned() {
  if (!options.learned)
    return success();
  SmallVector<StringRef> left;
  for (const auto &entry : options.learned->weightScales)
    if (!weights.contains(entry.first()))
      left.push_back(entry.first());
  for (const auto &entry : options.learned->constants)
    if (!constants.contains(entry.first()))
      left.push_back(entry.first());
  if (left.empty())
    return success();
  llvm::sort(left);
  return emitError(editor.getLoc())
         << "quantized training learned a scale for '" << left.front()
         << "', which the QDQ model has no codes for; make it an operand of "
            "its layer alone, with no node in between";
}

/// Adds a node that reads codes if there are some, and the conversions of its
/// results.
void QuantizedWriter::convertNode(const NodeProto &original) {
  NodeProto node = original;
  reason.clear();
  std::string bias = isLayer(node) ? quantizeLayer(node) : "";
  for (int i = 0; i < original.input_size(); ++i) {
    StringRef name = original.input(i);
    if (node.input(i) != original.input(i))
      continue; // a weight
    if (auto it = productBiases.find(name); it != productBiases.end())
      node.set_input(i, it->second);
    else if (getCodes(name))
      node.set_input(i, dequantizedName(name));
    else if (isElementwise(node) && varying.contains(original.output(0)) &&
             editor.isInitializer(name))
      quantizeConstant(node, i);
  }
  bool hasCodes = node.output_size() && getCodes(original.output(0)) &&
                  (computes(node) || moves(node));
  if (hasCodes)
    node.set_output(0, realName(original.output(0)));
  if (reason.empty() && !isLayer(node))
    reason = whyOtherFloat(original);
  if (node.output_size()) {
    written.names[node.output(0)] =
        node.op_type() + " '" + original.output(0) + "'";
    if (!reason.empty())
      written.reasons[node.output(0)] = reason;
  }
  if (bias.empty()) {
    nodes.push_back(node);
  } else {
    std::string sum = node.output(0), product = derive(sum, "_product");
    node.set_output(0, product);
    nodes.push_back(node);
    add("Add", {product, bias}, sum);
  }
  if (hasCodes)
    addConversions(original.output(0), realName(original.output(0)),
                   /*clip=*/computes(node));
}

LogicalResult QuantizedWriter::run() {
  bool wasValid = checkModel(editor.getModel()).empty();
  for (const ::onnx::ValueInfoProto &input : editor.getGraph().input())
    if (activations.contains(input.name()))
      addConversions(input.name(), input.name());
  for (const NodeProto &original : editor.getGraph().node())
    convertNode(original);
  if (failed(checkLearned()))
    return failure();
  auto &list = *editor.getGraph().mutable_node();
  list.Clear();
  for (NodeProto &node : nodes)
    *list.Add() = std::move(node);
  // Remove the types of renamed and removed values.
  editor.getGraph().clear_value_info();
  editor.dropUnused();
  if (std::string what = checkModel(editor.getModel());
      wasValid && !what.empty())
    return emitError(editor.getLoc())
           << "its QDQ form is not a valid model: " << what
           << "; this is a defect of the compiler, please report it";
  return success();
}

FailureOr<QuantizedNodes> coppice::writeQuantizedONNX(
    StringRef prepared, const llvm::StringMap<ActivationCodes> &activations,
    const QuantizedFileOptions &options, StringRef path, MLIRContext *context) {
  FailureOr<GraphEditor> editor =
      GraphEditor::open(prepared, context, options.shownAs);
  if (failed(editor))
    return failure();
  QuantizedWriter writer(*editor, activations, options);
  if (failed(writer.run()) || failed(editor->save(path)))
    return failure();
  return writer.takeNodes();
}
