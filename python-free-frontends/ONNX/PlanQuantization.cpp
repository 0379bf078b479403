//===- PlanQuantization.cpp - Which tensors get codes -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Quantization/Calibration.h"
#include "python-free-frontends/ONNX/QuantizationPlan.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

bool coppice::onnx_frontend::computes(const NodeProto &node) {
  static const llvm::StringSet<> ops = {
      "Conv",      "Gemm",   "MatMul", "Add",         "Sub",
      "Mul",       "Div",    "Relu",   "Clip",        "LeakyRelu",
      "Sigmoid",   "Tanh",   "Elu",    "HardSwish",   "HardSigmoid",
      "Softmax",   "Resize", "Concat", "AveragePool", "GlobalAveragePool",
      "ReduceMean"};
  return ops.contains(node.op_type());
}

bool coppice::onnx_frontend::moves(const NodeProto &node) {
  static const llvm::StringSet<> ops = {"Reshape",   "Flatten",  "Transpose",
                                        "Squeeze",   "Identity", "MaxPool",
                                        "Unsqueeze", "Dropout"};
  return ops.contains(node.op_type());
}

NodeProto *coppice::onnx_frontend::getBiasAddition(GraphEditor &editor,
                                                   const NodeProto &node) {
  if (node.op_type() != "MatMul")
    return nullptr;
  std::optional<FloatTensor> weight = editor.getFloats(node.input(1));
  NodeProto *addition = editor.getOnlyReader(node.output(0));
  if (!weight || weight->shape.size() != 2 ||
      editor.getReaders(node.input(1)).size() != 1 || !addition ||
      addition->op_type() != "Add")
    return nullptr;
  StringRef name = addition->input(getBiasOperand(*addition, node));
  std::optional<FloatTensor> bias = editor.getFloats(name);
  // More extents could be more than those of the product.
  if (!bias || bias->shape.size() != 1 || bias->shape[0] != weight->shape[1] ||
      editor.getReaders(name).size() != 1)
    return nullptr;
  return addition;
}

int coppice::onnx_frontend::getBiasOperand(const NodeProto &addition,
                                           const NodeProto &product) {
  return addition.input(0) == product.output(0) ? 1 : 0;
}

/// Whether the layer behind the node takes its result in: a bias, or a
/// rectifier alone, which is the clamp of the codes behind it.
static bool isTakenIn(GraphEditor &editor, const NodeProto &node) {
  if (getBiasAddition(editor, node))
    return true;
  const NodeProto *reader = editor.getOnlyReader(node.output(0));
  return reader &&
         (reader->op_type() == "Relu" || reader->op_type() == "Clip") &&
         reader->input(0) == node.output(0) && node.op_type() != "Relu" &&
         node.op_type() != "Clip";
}

bool coppice::onnx_frontend::isLayer(const NodeProto &node) {
  return node.op_type() == "Conv" || node.op_type() == "Gemm" ||
         node.op_type() == "MatMul";
}

bool coppice::onnx_frontend::isElementwise(const NodeProto &node) {
  return node.op_type() == "Add" || node.op_type() == "Sub" ||
         node.op_type() == "Mul" || node.op_type() == "Div";
}

StringRef coppice::onnx_frontend::getCodesOwner(GraphEditor &editor,
                                                StringRef name) {
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
    if (!computes(node) || isTakenIn(*editor, node))
      continue;
    bool isEnd = atEnd || node.output(0) == lastInput;
    plan.push_back({node.output(0), isEnd ? widths.ends : widths.bits});
  }
  return plan;
}

std::optional<ActivationCodes>
coppice::onnx_frontend::chooseConstantCodes(GraphEditor &editor,
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
  llvm::StringSet<> biases;
  for (const NodeProto &node : editor->getGraph().node()) {
    if (NodeProto *addition = getBiasAddition(*editor, node))
      biases.insert(addition->input(getBiasOperand(*addition, node)));
    for (const std::string &name : node.input()) {
      std::optional<FloatTensor> tensor = editor->getFloats(name);
      // A number alone is a code at the end of its range: nothing is lost.
      if (isElementwise(node) && tensor && tensor->values.size() > 1 &&
          !biases.contains(name))
        if (auto codes = chooseConstantCodes(*editor, name))
          constants[name] = *codes;
    }
  }
  return constants;
}

FailureOr<SmallVector<std::string>>
coppice::listLayerInputs(StringRef prepared,
                         ArrayRef<ActivationPlan> activations,
                         MLIRContext *context) {
  FailureOr<GraphEditor> editor = GraphEditor::open(prepared, context);
  if (failed(editor))
    return failure();
  llvm::StringSet<> planned, seen;
  for (const ActivationPlan &one : activations)
    planned.insert(one.name);
  SmallVector<std::string> names;
  for (const NodeProto &node : editor->getGraph().node())
    if (isLayer(node) && editor->getFloats(node.input(1)) &&
        planned.contains(getCodesOwner(*editor, node.input(0))) &&
        seen.insert(node.input(0)).second)
      names.push_back(node.input(0));
  return names;
}
