//===- WriteQuantized.cpp - A float model as a QDQ model --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Quantization/Calibration.h"
#include "mlir/IR/Diagnostics.h"
#include "python-free-frontends/ONNX/QuantizationPlan.h"

#include <cmath>

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

namespace {
/// Codes of a weight with one symmetric scale per index of `axis`.
struct WeightCodes {
  /// In [-last, last]. Without `scales` they follow from the values.
  WeightCodes(const FloatTensor &tensor, int64_t axis, int64_t last,
              ArrayRef<float> scales);

  std::vector<float> scales;
  std::vector<int8_t> codes;
  int64_t axis, last;

  int64_t channelOf(int64_t element) const {
    return element / inner % int64_t(scales.size());
  }
  int64_t inner = 1; ///< elements between two indices of the axis
  void encode(const FloatTensor &tensor);
};
} // namespace

void WeightCodes::encode(const FloatTensor &tensor) {
  codes.clear();
  for (auto [i, value] : llvm::enumerate(tensor.values)) {
    double code = std::nearbyint(double(value) / scales[channelOf(i)]);
    codes.push_back(
        int8_t(std::min(std::max(code, -double(last)), double(last))));
  }
}

WeightCodes::WeightCodes(const FloatTensor &tensor, int64_t axis, int64_t last,
                         ArrayRef<float> given)
    : scales(given), axis(axis), last(last) {
  for (int64_t extent : ArrayRef(tensor.shape).drop_front(axis + 1))
    inner *= extent;
  if (given.empty()) {
    std::vector<std::vector<float>> rows(size_t(tensor.shape[axis]));
    for (auto [i, value] : llvm::enumerate(tensor.values))
      rows[int64_t(i) / inner % int64_t(rows.size())].push_back(value);
    for (const std::vector<float> &row : rows)
      scales.push_back(quantization::chooseSymmetricScale(row, last));
  }
  encode(tensor);
}

/// A bias that int32 cannot hold makes its channel's scale coarser.
static void fitBias(WeightCodes &weight, const FloatTensor &bias,
                    const FloatTensor &real, double inputScale) {
  bool coarser = false;
  for (auto [scale, value] : llvm::zip_equal(weight.scales, bias.values)) {
    float fitting = quantization::fitBias(scale, value, inputScale);
    coarser |= fitting != scale;
    scale = fitting;
  }
  if (coarser)
    weight.encode(real);
}

//===----------------------------------------------------------------------===//
// The graph
//===----------------------------------------------------------------------===//

namespace {
class QuantizedWriter {
public:
  QuantizedWriter(GraphEditor &editor,
                  const llvm::StringMap<ActivationCodes> &activations,
                  const QuantizedFileOptions &options)
      : editor(editor), activations(activations), options(options) {}

  LogicalResult run();

private:
  /// The codes of a tensor, or of the one whose elements it has.
  const ActivationCodes *getCodes(StringRef name);
  LogicalResult raiseOpset();
  LogicalResult checkLearned();
  LogicalResult convertOp(NodeProto &node);
  void addConversions(StringRef name, StringRef from, bool clip = true);
  void add(StringRef op, ArrayRef<std::string> inputs, StringRef output,
           std::optional<int64_t> axis = {});
  std::string quantizeLayer(NodeProto &node);
  std::string whyFloat(const NodeProto &node);
  void warnOfFloats();
  void quantizeConstant(NodeProto &node, int input);
  std::vector<double> getMeanShift(const NodeProto &node,
                                   const WeightCodes &weight,
                                   const FloatTensor &real);
  std::string addBias(StringRef name, const FloatTensor &bias,
                      ArrayRef<double> shift, ArrayRef<float> weightScales,
                      double inputScale);

  std::string realName(StringRef name) {
    return editor.isOutput(name) ? (name + "_float").str() : name.str();
  }
  std::string dequantizedName(StringRef name) {
    return editor.isOutput(name) ? name.str() : (name + "_dq").str();
  }

  GraphEditor &editor;
  const llvm::StringMap<ActivationCodes> &activations;
  QuantizedFileOptions options;
  std::vector<NodeProto> nodes;
  /// Initializers that have codes.
  llvm::StringSet<> constants, weights;
  /// What additions behind matrix products read instead of their biases.
  llvm::StringMap<std::string> productBiases;
  /// Layers that stay float: their node, and why.
  std::vector<std::pair<Location, std::string>> floats;
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
  node.set_name(output.str() + (op == "QuantizeLinear" ? "" : "_node"));
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(output.str());
  if (axis)
    setIntAttr(node, "axis", *axis);
  nodes.push_back(std::move(node));
}

/// Codes of tensor `name`, whose real values are under `from`; `clip` where
/// they may lie outside of what the codes cover.
void QuantizedWriter::addConversions(StringRef name, StringRef from,
                                     bool clip) {
  const ActivationCodes &codes = *getCodes(name);
  std::string scale = (name + "_scale").str(), zero = (name + "_zero").str();
  auto zeroPoint = int8_t(codes.zeroPoint);
  editor.setTensor<float>(scale, TensorProto::FLOAT, {}, codes.scale);
  editor.setTensor<int8_t>(zero, TensorProto::INT8, {}, zeroPoint);
  std::string real = from.str();
  if (clip && codes.bits < 8) {
    // A byte would hold more codes.
    int64_t first = -(int64_t(1) << (codes.bits - 1));
    auto addEnd = [&](StringRef suffix, int64_t code) {
      std::string end = (name + suffix).str();
      editor.setTensor<float>(end, TensorProto::FLOAT, {},
                              float(code - codes.zeroPoint) * codes.scale);
      return end;
    };
    std::string low = addEnd("_min", first), high = addEnd("_max", -first - 1);
    add("Clip", {real, low, high}, (name + "_clip").str());
    real = (name + "_clip").str();
  }
  add("QuantizeLinear", {real, scale, zero}, (name + "_q").str());
  add("DequantizeLinear", {(name + "_q").str(), scale, zero},
      dequantizedName(name));
}

/// A constant operand of an elementwise op: one scale.
void QuantizedWriter::quantizeConstant(NodeProto &node, int input) {
  std::string name = node.input(input);
  std::optional<ActivationCodes> chosen = chooseConstantCodes(editor, name);
  if (!chosen)
    return;
  if (options.learned) {
    auto it = options.learned->constants.find(name);
    if (it != options.learned->constants.end())
      chosen = it->second;
  }
  if (constants.insert(name).second) {
    FloatTensor tensor = *editor.getFloats(name);
    std::vector<int8_t> codes;
    for (float value : tensor.values) {
      double code = std::nearbyint(double(value) / chosen->scale) +
                    double(chosen->zeroPoint);
      codes.push_back(int8_t(std::min(std::max(code, -128.0), 127.0)));
    }
    auto zeroPoint = int8_t(chosen->zeroPoint);
    editor.setTensor<int8_t>(name + "_q", TensorProto::INT8, tensor.shape,
                             codes);
    editor.setTensor<float>(name + "_scale", TensorProto::FLOAT, {},
                            chosen->scale);
    editor.setTensor<int8_t>(name + "_zero", TensorProto::INT8, {}, zeroPoint);
    add("DequantizeLinear", {name + "_q", name + "_scale", name + "_zero"},
        name + "_dq");
  }
  node.set_input(input, name + "_dq");
}

/// What rounding the weights adds to the mean of each output channel, from the
/// means of what the layer reads; empty where those are not known.
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

/// int32 codes with scale s_x s_w of `bias` without `shift`, where there is
/// one. Returns the name of what they stand for.
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
  std::string name = base.str();
  auto count = int64_t(codes.size());
  editor.setTensor<int32_t>(name + "_q", TensorProto::INT32, count, codes);
  editor.setTensor<float>(name + "_scale", TensorProto::FLOAT, count, scales);
  std::vector<int32_t> zeros(codes.size(), 0);
  editor.setTensor<int32_t>(name + "_zero", TensorProto::INT32, count, zeros);
  add("DequantizeLinear", {name + "_q", name + "_scale", name + "_zero"},
      name + "_dq", 0);
  return name + "_dq";
}

/// Why a convolution or matrix product keeps its float weight; empty where it
/// does not.
std::string QuantizedWriter::whyFloat(const NodeProto &node) {
  StringRef name = node.input(1);
  if (editor.isInitializer(node.input(0)))
    return "its first factor is a constant";
  if (!getCodes(StringRef(node.input(0))))
    return "its input has no codes";
  std::optional<FloatTensor> real = editor.getFloats(name);
  if (!real && getCodes(name))
    return {}; // a product of two activations
  if (!real)
    return ("its weight '" + name + "' is computed").str();
  if (real->shape.size() < 2 || real->values.empty())
    return ("its weight '" + name + "' is no matrix").str();
  if (editor.getReaders(name).size() != 1)
    return ("its weight '" + name + "' is read by other nodes too").str();
  return {};
}

/// One warning, however many they are.
void QuantizedWriter::warnOfFloats() {
  if (floats.empty())
    return;
  InFlightDiagnostic diag =
      emitWarning(editor.getLoc())
      << floats.size() << (floats.size() == 1 ? " layer stays" : " layers stay")
      << " float";
  for (auto &[loc, reason] : floats)
    diag.attachNote(loc) << reason;
}

/// Weight and bias of a convolution or matrix product whose input has codes.
/// Returns the name of a bias that must be added to the node's result, if any.
std::string QuantizedWriter::quantizeLayer(NodeProto &node) {
  NodeProto *addition = getBiasAddition(editor, node);
  std::string biasName;
  if (addition)
    biasName = addition->input(getBiasOperand(*addition, node));
  else if (node.op_type() != "MatMul" && node.input_size() > 2)
    biasName = node.input(2);
  // A float until it has codes: it is no constant of an elementwise layer.
  if (addition)
    productBiases[biasName] = biasName;
  std::string name = node.input(1);
  std::optional<FloatTensor> real = editor.getFloats(name);
  if (std::string reason = whyFloat(node); !reason.empty()) {
    floats.emplace_back(editor.getLoc(node), reason);
    return {};
  }
  if (!real)
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
  else if (editor.getReaders(biasName).size() == 1)
    bias = editor.getFloats(biasName);
  if (!plain && !biasName.empty())
    floats.emplace_back(editor.getLoc(node),
                        "its alpha or beta is not 1, which leaves its bias "
                        "float");
  else if (!biasName.empty() && !bias)
    floats.emplace_back(editor.getLoc(node),
                        "its bias '" + biasName +
                            "' is computed, or read by other nodes too");
  // One number for each channel, not for each row.
  if (plain && bias && int64_t(bias->values.size()) == channels &&
      (bias->shape.empty() || bias->shape.back() == channels)) {
    fitBias(weight, *bias, *real, input->scale);
    std::vector<double> shift = getMeanShift(node, weight, *real);
    // A layer without a bias gets one for the correction.
    if (!biasName.empty() || !shift.empty()) {
      std::string added =
          addBias(biasName.empty() ? node.output(0) + ".bias" : biasName, *bias,
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
  editor.setTensor<int8_t>(name + "_q", TensorProto::INT8, real->shape,
                           weight.codes);
  editor.setTensor<float>(name + "_scale", TensorProto::FLOAT, channels,
                          weight.scales);
  editor.setTensor<int8_t>(name + "_zero", TensorProto::INT8, channels, zeros);
  add("DequantizeLinear", {name + "_q", name + "_scale", name + "_zero"},
      name + "_dq", axis);
  node.set_input(1, name + "_dq");
  return behind;
}

/// What an older operator set wrote otherwise.
LogicalResult QuantizedWriter::convertOp(NodeProto &node) {
  static const llvm::StringSet<> changed = {"Squeeze", "Unsqueeze", "ReduceSum",
                                            "Split", "Hardmax"};
  if (changed.contains(node.op_type()))
    return emitError(editor.getLoc(node))
           << node.op_type()
           << " changed in operator set 13, which scales per channel need; "
              "convert the model to it first";
  if (node.op_type() != "Softmax" && node.op_type() != "LogSoftmax")
    return success();
  const ActivationCodes *codes = getCodes(node.input(0));
  int64_t axis = getIntAttr(node, "axis", 1);
  if (!codes || (axis != -1 && axis != codes->rank - 1))
    return emitError(editor.getLoc(node))
           << node.op_type()
           << " over several axes changed in operator set 13; convert the "
              "model to it first";
  setIntAttr(node, "axis", -1);
  return success();
}

LogicalResult QuantizedWriter::raiseOpset() {
  for (::onnx::OperatorSetIdProto &opset :
       *editor.getModel().mutable_opset_import()) {
    if (!opset.domain().empty() && opset.domain() != "ai.onnx")
      continue;
    if (opset.version() >= 13)
      return success();
    for (NodeProto &node : *editor.getGraph().mutable_node())
      if (failed(convertOp(node)))
        return failure();
    opset.set_version(13);
  }
  if (editor.getModel().ir_version() < 7)
    editor.getModel().set_ir_version(7);
  return success();
}

/// Every learned scale must be that of a tensor with codes: what training saw
/// is what the file does.
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

LogicalResult QuantizedWriter::run() {
  if (failed(raiseOpset()))
    return failure();
  for (const ::onnx::ValueInfoProto &input : editor.getGraph().input())
    if (activations.contains(input.name()))
      addConversions(input.name(), input.name());
  for (const NodeProto &original : editor.getGraph().node()) {
    NodeProto node = original;
    std::string bias = isLayer(node) ? quantizeLayer(node) : "";
    for (int i = 0; i < original.input_size(); ++i) {
      StringRef name = original.input(i);
      if (node.input(i) != original.input(i))
        continue; // a weight
      if (auto it = productBiases.find(name); it != productBiases.end())
        node.set_input(i, it->second);
      else if (getCodes(name))
        node.set_input(i, dequantizedName(name));
      else if (isElementwise(node) && editor.isInitializer(name))
        quantizeConstant(node, i);
    }
    bool hasCodes = node.output_size() && getCodes(original.output(0)) &&
                    (computes(node) || moves(node));
    if (hasCodes)
      node.set_output(0, realName(original.output(0)));
    if (bias.empty()) {
      nodes.push_back(node);
    } else {
      std::string sum = node.output(0), product = sum + "_product";
      node.set_output(0, product);
      nodes.push_back(node);
      add("Add", {product, bias}, sum);
    }
    if (hasCodes)
      addConversions(original.output(0), realName(original.output(0)),
                     /*clip=*/computes(node));
  }
  if (failed(checkLearned()))
    return failure();
  warnOfFloats();
  auto &list = *editor.getGraph().mutable_node();
  list.Clear();
  for (NodeProto &node : nodes)
    *list.Add() = std::move(node);
  // Types of values that are gone or renamed.
  editor.getGraph().clear_value_info();
  editor.dropUnused();
  return success();
}

LogicalResult coppice::writeQuantizedONNX(
    StringRef prepared, const llvm::StringMap<ActivationCodes> &activations,
    const QuantizedFileOptions &options, StringRef path, MLIRContext *context) {
  FailureOr<GraphEditor> editor =
      GraphEditor::open(prepared, context, options.shownAs);
  if (failed(editor))
    return failure();
  if (failed(QuantizedWriter(*editor, activations, options).run()))
    return failure();
  return editor->save(path);
}
