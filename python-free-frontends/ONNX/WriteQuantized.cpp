//===- WriteQuantized.cpp - A float model as a QDQ model --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/ONNX.h"
#include "lib/Quantization/Calibration.h"
#include "mlir/IR/Diagnostics.h"
#include "python-free-frontends/ONNX/GraphEditor.h"

#include <cmath>

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

//===----------------------------------------------------------------------===//
// Which tensors
//===----------------------------------------------------------------------===//

/// Ops whose results get codes of their own.
static bool computes(const NodeProto &node) {
  static const llvm::StringSet<> ops = {
      "Conv",      "Gemm",   "MatMul", "Add",         "Sub",
      "Mul",       "Div",    "Relu",   "Clip",        "LeakyRelu",
      "Sigmoid",   "Tanh",   "Elu",    "HardSwish",   "HardSigmoid",
      "Softmax",   "Resize", "Concat", "AveragePool", "GlobalAveragePool",
      "ReduceMean"};
  return ops.contains(node.op_type());
}

/// Ops that move or select elements: their results keep the input's codes.
static bool moves(const NodeProto &node) {
  static const llvm::StringSet<> ops = {"Reshape",   "Flatten",  "Transpose",
                                        "Squeeze",   "Identity", "MaxPool",
                                        "Unsqueeze", "Dropout"};
  return ops.contains(node.op_type());
}

/// Whether the node's result goes into a rectifier alone, which is the clamp of
/// the codes behind it.
static bool isClampedNext(GraphEditor &editor, const NodeProto &node) {
  const NodeProto *reader = editor.getOnlyReader(node.output(0));
  return reader &&
         (reader->op_type() == "Relu" || reader->op_type() == "Clip") &&
         reader->input(0) == node.output(0) && node.op_type() != "Relu" &&
         node.op_type() != "Clip";
}

static bool isLayer(const NodeProto &node) {
  return node.op_type() == "Conv" || node.op_type() == "Gemm" ||
         node.op_type() == "MatMul";
}

static bool isElementwise(const NodeProto &node) {
  return node.op_type() == "Add" || node.op_type() == "Sub" ||
         node.op_type() == "Mul" || node.op_type() == "Div";
}

/// The tensor whose codes `name` has: elements that are moved keep theirs.
static StringRef getCodesOwner(GraphEditor &editor, StringRef name) {
  while (NodeProto *producer = editor.getProducer(name)) {
    if (!moves(*producer) || producer->output(0) != name)
      break;
    name = producer->input(0);
  }
  return name;
}

FailureOr<SmallVector<ActivationPlan>>
coppice::listActivations(StringRef prepared, const QuantizationWidths &widths,
                         MLIRContext *context) {
  FailureOr<GraphEditor> editor = GraphEditor::open(prepared, context);
  if (failed(editor))
    return failure();
  const NodeProto *last = nullptr;
  for (const NodeProto &node : editor->getGraph().node())
    if (isLayer(node))
      last = &node;
  std::string lastInput =
      last ? getCodesOwner(*editor, last->input(0)).str() : "";
  SmallVector<ActivationPlan> plan;
  for (const ::onnx::ValueInfoProto &input : editor->getGraph().input())
    if (!editor->isInitializer(input.name()) &&
        input.type().tensor_type().elem_type() == TensorProto::FLOAT)
      plan.push_back({input.name(), widths.ends});
  bool atEnd = false;
  for (const NodeProto &node : editor->getGraph().node()) {
    atEnd |= &node == last;
    if (!computes(node) || isClampedNext(*editor, node))
      continue;
    bool isEnd = atEnd || node.output(0) == lastInput;
    plan.push_back({node.output(0), isEnd ? widths.ends : widths.bits});
  }
  return plan;
}

/// Codes of 8 bits for a constant operand of an elementwise layer; nullopt for
/// what is none.
static std::optional<ActivationCodes> chooseConstantCodes(GraphEditor &editor,
                                                          StringRef name) {
  std::optional<FloatTensor> tensor = editor.getFloats(name);
  if (!tensor || tensor->values.empty())
    return std::nullopt;
  auto [min, max] =
      std::minmax_element(tensor->values.begin(), tensor->values.end());
  quantization::AffineParameters affine =
      quantization::chooseAffine({*min, *max}, -128, 127);
  ActivationCodes codes;
  codes.scale = affine.scale;
  codes.zeroPoint = affine.zeroPoint;
  codes.min = *min;
  codes.max = *max;
  return codes;
}

FailureOr<llvm::StringMap<ActivationCodes>>
coppice::listConstants(StringRef prepared, MLIRContext *context) {
  FailureOr<GraphEditor> editor = GraphEditor::open(prepared, context);
  if (failed(editor))
    return failure();
  llvm::StringMap<ActivationCodes> constants;
  for (const NodeProto &node : editor->getGraph().node())
    for (const std::string &name : node.input()) {
      std::optional<FloatTensor> tensor = editor->getFloats(name);
      // A number alone is a code at the end of its range: nothing is lost.
      if (isElementwise(node) && tensor && tensor->values.size() > 1)
        if (auto codes = chooseConstantCodes(*editor, name))
          constants[name] = *codes;
    }
  return constants;
}

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
  void quantizeLayer(NodeProto &node);
  void quantizeConstant(NodeProto &node, int input);
  void quantizeBias(NodeProto &node, FloatTensor bias, WeightCodes &weight,
                    const FloatTensor &real, double inputScale);

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

/// int32 codes with scale s_x s_w. Takes off what rounding the weights adds to
/// the mean of the output first.
void QuantizedWriter::quantizeBias(NodeProto &node, FloatTensor bias,
                                   WeightCodes &weight, const FloatTensor &real,
                                   double inputScale) {
  size_t channels = weight.scales.size();
  // A bias that int32 cannot hold makes the channel's scale coarser.
  bool coarser = false;
  for (size_t o = 0; o < channels; ++o) {
    float fitting =
        quantization::fitBias(weight.scales[o], bias.values[o], inputScale);
    coarser |= fitting != weight.scales[o];
    weight.scales[o] = fitting;
  }
  if (coarser)
    weight.encode(real);
  const ActivationCodes *input = getCodes(StringRef(node.input(0)));
  if (options.correctBias && input && weight.axis == 0) {
    int64_t row = real.getRowSize();
    int64_t taps = 1;
    for (int64_t extent : ArrayRef(real.shape).drop_front(2))
      taps *= extent;
    int64_t groups =
        node.op_type() == "Conv" ? getIntAttr(node, "group", 1) : 1;
    int64_t perGroup = int64_t(channels) / groups, inputs = real.shape[1];
    if (int64_t(input->channelMeans.size()) == inputs * groups)
      for (size_t o = 0; o < channels; ++o) {
        double shift = 0;
        for (int64_t k = 0; k < row; ++k) {
          double error = double(weight.codes[o * row + k]) * weight.scales[o] -
                         real.values[o * row + k];
          shift +=
              error *
              input->channelMeans[int64_t(o) / perGroup * inputs + k / taps];
        }
        bias.values[o] = float(bias.values[o] - shift);
      }
  }
  std::vector<float> scales;
  std::vector<int32_t> codes;
  for (size_t o = 0; o < channels; ++o) {
    scales.push_back(float(inputScale * weight.scales[o]));
    codes.push_back(
        int32_t(std::nearbyint(double(bias.values[o]) / scales.back())));
  }
  std::string name = node.input(2);
  int64_t count = int64_t(channels);
  editor.setTensor<int32_t>(name + "_q", TensorProto::INT32, count, codes);
  editor.setTensor<float>(name + "_scale", TensorProto::FLOAT, count, scales);
  std::vector<int32_t> zeros(channels, 0);
  editor.setTensor<int32_t>(name + "_zero", TensorProto::INT32, count, zeros);
  add("DequantizeLinear", {name + "_q", name + "_scale", name + "_zero"},
      name + "_dq", 0);
  node.set_input(2, name + "_dq");
}

/// Weight and bias of a convolution or matrix product whose input has codes.
void QuantizedWriter::quantizeLayer(NodeProto &node) {
  const ActivationCodes *input = getCodes(StringRef(node.input(0)));
  std::string name = node.input(1);
  std::optional<FloatTensor> real = editor.getFloats(name);
  if (!input || !real || real->shape.size() < 2 || real->values.empty() ||
      editor.getReaders(name).size() != 1)
    return;
  int64_t axis = node.op_type() == "Conv" ? 0
                 : node.op_type() == "Gemm" && getIntAttr(node, "transB", 0)
                     ? 0
                     : int64_t(real->shape.size()) - 1;
  ArrayRef<float> scales;
  if (options.learned) {
    auto it = options.learned->weightScales.find(name);
    if (it == options.learned->weightScales.end() ||
        int64_t(it->second.size()) != real->shape[axis])
      return;
    scales = it->second;
  }
  WeightCodes weight(*real, axis, (int64_t(1) << (input->bits - 1)) - 1,
                     scales);
  weights.insert(name);
  bool plain =
      node.op_type() != "Gemm" || (getFloatAttr(node, "alpha", 1) == 1 &&
                                   getFloatAttr(node, "beta", 1) == 1);
  if (node.input_size() > 2 && !node.input(2).empty() && plain) {
    std::optional<FloatTensor> bias = editor.getFloats(node.input(2));
    if (bias && bias->values.size() == weight.scales.size() &&
        editor.getReaders(node.input(2)).size() == 1)
      quantizeBias(node, *bias, weight, *real, input->scale);
  }
  int64_t count = int64_t(weight.scales.size());
  std::vector<int8_t> zeros(weight.scales.size(), 0);
  editor.setTensor<int8_t>(name + "_q", TensorProto::INT8, real->shape,
                           weight.codes);
  editor.setTensor<float>(name + "_scale", TensorProto::FLOAT, count,
                          weight.scales);
  editor.setTensor<int8_t>(name + "_zero", TensorProto::INT8, count, zeros);
  add("DequantizeLinear", {name + "_q", name + "_scale", name + "_zero"},
      name + "_dq", axis);
  node.set_input(1, name + "_dq");
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
    if (isLayer(node))
      quantizeLayer(node);
    for (int i = 0; i < node.input_size(); ++i) {
      StringRef name = original.input(i);
      if (node.input(i) != original.input(i))
        continue; // a weight
      if (getCodes(name))
        node.set_input(i, dequantizedName(name));
      else if (isElementwise(node) && editor.isInitializer(name))
        quantizeConstant(node, i);
    }
    bool hasCodes = node.output_size() && getCodes(original.output(0)) &&
                    (computes(node) || moves(node));
    if (hasCodes)
      node.set_output(0, realName(original.output(0)));
    nodes.push_back(node);
    if (hasCodes)
      addConversions(original.output(0), realName(original.output(0)),
                     /*clip=*/computes(node));
  }
  if (failed(checkLearned()))
    return failure();
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
