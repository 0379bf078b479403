//===- PlanQuantization.cpp - Chooses tensors that get codes ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Quantization/Calibration.h"
#include "python-free-frontends/ONNX/QuantizationPlan.h"

#include <cmath>

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

/// The operator's entry in the table of imports; an empty one for others.
static const OpInfo &getInfo(const NodeProto &node) {
  static const OpTable table = makeOpTable();
  static const OpInfo unknown = {};
  const OpInfo *info = findOp(table, node.domain(), node.op_type());
  return info ? *info : unknown;
}

ResultCodes coppice::onnx_frontend::getResultCodes(const NodeProto &node) {
  return getInfo(node).results;
}

bool coppice::onnx_frontend::computes(const NodeProto &node) {
  ResultCodes codes = getResultCodes(node);
  return codes != ResultCodes::none && codes != ResultCodes::input;
}

bool coppice::onnx_frontend::moves(const NodeProto &node) {
  return getResultCodes(node) == ResultCodes::input;
}

bool coppice::onnx_frontend::isLayer(const NodeProto &node) {
  return getResultCodes(node) == ResultCodes::layer;
}

bool coppice::onnx_frontend::isElementwise(const NodeProto &node) {
  return getResultCodes(node) == ResultCodes::elementwise;
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
  // A bias with more axes could broadcast the product.
  if (!bias || bias->shape.size() != 1 || bias->shape[0] != weight->shape[1] ||
      editor.getReaders(name).size() != 1)
    return nullptr;
  return addition;
}

int coppice::onnx_frontend::getBiasOperand(const NodeProto &addition,
                                           const NodeProto &product) {
  return addition.input(0) == product.output(0) ? 1 : 0;
}

/// Whether the next op absorbs the result: a bias addition, or a rectifier that
/// is the only reader, which becomes the clamp of the codes.
static bool isTakenIn(GraphEditor &editor, const NodeProto &node) {
  if (getBiasAddition(editor, node))
    return true;
  const NodeProto *reader = editor.getOnlyReader(node.output(0));
  return reader && getResultCodes(*reader) == ResultCodes::clip &&
         reader->input(0) == node.output(0) &&
         getResultCodes(node) != ResultCodes::clip;
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

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

llvm::StringSet<> coppice::onnx_frontend::findVarying(GraphEditor &editor) {
  llvm::StringSet<> varying;
  for (const ::onnx::ValueInfoProto &input : editor.getGraph().input())
    if (!editor.isInitializer(input.name()))
      varying.insert(input.name());
  for (const NodeProto &node : editor.getGraph().node())
    if (node.op_type() != "Shape" && node.op_type() != "Size" &&
        llvm::any_of(node.input(), [&](const std::string &name) {
          return varying.contains(name);
        }))
      for (const std::string &name : node.output())
        varying.insert(name);
  return varying;
}

/// Returns the operand that a node divides by, or takes the logarithm of; empty
/// for other nodes.
static StringRef getDivisor(GraphEditor &editor, const NodeProto &node) {
  const OpInfo &info = getInfo(node);
  if (info.divisor < 0)
    return {};
  if (info.exponent >= 0) {
    std::optional<FloatTensor> exponent =
        editor.getConstant(node.input(info.exponent));
    if (!exponent ||
        llvm::none_of(exponent->values, [](float e) { return e < 0; }))
      return {};
  }
  return node.input(info.divisor);
}

/// Returns the only input that varies; empty if several do.
static StringRef getOnlyVarying(const NodeProto &node,
                                const llvm::StringSet<> &varying) {
  StringRef only;
  for (const std::string &name : node.input()) {
    if (!varying.contains(name))
      continue;
    if (!only.empty())
      return {};
    only = name;
  }
  return only;
}

/// The factor by which an op that scales moves its result at most where `input`
/// moves by 1; none where that is not constant.
static std::optional<double> getGain(GraphEditor &editor, const NodeProto &node,
                                     StringRef input) {
  int divisor = getInfo(node).divisor;
  bool isDivision = divisor >= 0;
  if (node.input_size() != 2 || (isDivision && input == node.input(divisor)))
    return std::nullopt;
  std::optional<FloatTensor> other =
      editor.getConstant(node.input(input == node.input(0) ? 1 : 0));
  if (!other)
    return std::nullopt;
  double gain = 0;
  for (float value : other->values)
    gain = std::max(gain, std::abs(isDivision ? 1.0 / value : value));
  return gain;
}

using Divisors = llvm::StringMap<std::vector<ActivationDivisor>>;

/// Finds the tensors with codes that a divisor is computed from, and how
/// precise their codes must be.
static void addDivisors(GraphEditor &editor, StringRef name,
                        const llvm::StringSet<> &varying, Divisors &divisors) {
  StringRef divisor;
  double gain = 1;
  bool isRelative = true; // an error is as large in proportion to the divisor
  while (varying.contains(name)) {
    name = getCodesOwner(editor, name);
    if (divisor.empty()) {
      divisor = name;
      gain = 1;
      isRelative = true;
    }
    divisors[name].push_back({divisor.str(), gain});
    const NodeProto *producer = editor.getProducer(name);
    if (!producer)
      return;
    name = getOnlyVarying(*producer, varying);
    switch (getInfo(*producer).error) {
    case ErrorGrowth::open:
      return;
    case ErrorGrowth::same:
      break;
    case ErrorGrowth::shifted:
      isRelative = false;
      break;
    case ErrorGrowth::root:
      divisor = {};
      break;
    case ErrorGrowth::scaled:
      if (isRelative) {
        divisor = {};
        break;
      }
      std::optional<double> factor = getGain(editor, *producer, name);
      if (!factor)
        return;
      gain *= *factor;
      break;
    }
  }
}

/// Returns the range that the operator defines, as far as codes of `bits` reach
/// it: the last code is one below 1.
static std::optional<std::pair<double, double>> getRange(const NodeProto &node,
                                                         unsigned bits) {
  if (getInfo(node).isFraction)
    return std::pair(0.0, 1 - std::ldexp(1.0, -int(bits)));
  return std::nullopt;
}

namespace {
/// Results that one scale does not fit, because of their factors.
struct Spread {
  llvm::StringMap<int64_t> axes; // from the last one
  llvm::StringSet<> others;      // along several axes

  void add(GraphEditor &editor, const NodeProto &node);
};
} // namespace

void Spread::add(GraphEditor &editor, const NodeProto &node) {
  StringRef result = node.output(0);
  for (int i = 0; isElementwise(node) && i < node.input_size(); ++i) {
    std::optional<ActivationCodes> codes =
        chooseConstantCodes(editor, node.input(i));
    if (!codes || fitsOneScale(editor, node, i, *codes))
      continue;
    FloatTensor tensor = *editor.getFloats(node.input(i));
    std::optional<int64_t> axis = getOnlyAxis(tensor.shape);
    if (axis)
      axes[result] = int64_t(tensor.shape.size()) - 1 - *axis;
    else if (tensor.values.size() > 1)
      others.insert(result);
  }
  if (!isTakenIn(editor, node))
    return;
  // The rectifier's result gets the codes.
  StringRef taken = editor.getOnlyReader(result)->output(0);
  if (auto it = axes.find(result); it != axes.end())
    axes[taken] = it->second;
  if (others.contains(result))
    others.insert(taken);
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
  llvm::StringSet<> varying = findVarying(*editor);
  Divisors divisors;
  Spread spread;
  bool atEnd = false;
  for (const NodeProto &node : editor->getGraph().node()) {
    atEnd |= &node == last;
    addDivisors(*editor, getDivisor(*editor, node), varying, divisors);
    if (!computes(node) || !varying.contains(node.output(0)))
      continue;
    spread.add(*editor, node);
    if (isTakenIn(*editor, node) || spread.others.contains(node.output(0)))
      continue;
    bool isEnd = atEnd || node.output(0) == lastInput;
    unsigned bits = isEnd ? widths.ends : widths.bits;
    ActivationPlan &one = plan.emplace_back(
        ActivationPlan{node.output(0), bits, getRange(node, bits)});
    if (auto it = spread.axes.find(one.name); it != spread.axes.end())
      one.spreadAxis = it->second;
  }
  for (ActivationPlan &one : plan)
    one.divisors = divisors.lookup(one.name);
  return plan;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

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

std::optional<int64_t>
coppice::onnx_frontend::getOnlyAxis(ArrayRef<int64_t> shape) {
  std::optional<int64_t> only;
  for (auto [axis, extent] : llvm::enumerate(shape))
    if (extent != 1) {
      if (only)
        return std::nullopt;
      only = int64_t(axis);
    }
  return only;
}

bool coppice::onnx_frontend::fitsOneScale(GraphEditor &editor,
                                          const NodeProto &node, int input,
                                          const ActivationCodes &codes) {
  const OpInfo &info = getInfo(node);
  bool divides = info.divisor == input;
  // An addend is off by half a code of the greatest.
  if (!divides && (info.error != ErrorGrowth::scaled || info.divisor >= 0))
    return std::max(-codes.min, codes.max) < kMaskingNumber;
  // The relative error of a divisor is at most 1/16, that of a factor 1/4.
  double least = (divides ? 8.0 : 2.0) * codes.scale;
  return llvm::all_of(editor.getFloats(node.input(input))->values,
                      [&](float v) { return v == 0 || std::fabs(v) >= least; });
}

FailureOr<llvm::StringMap<ActivationCodes>>
coppice::listConstants(StringRef prepared, MLIRContext *context) {
  FailureOr<GraphEditor> editor = GraphEditor::open(prepared, context);
  if (failed(editor))
    return failure();
  llvm::StringMap<ActivationCodes> constants;
  llvm::StringSet<> biases, varying = findVarying(*editor);
  for (const NodeProto &node : editor->getGraph().node()) {
    if (NodeProto *addition = getBiasAddition(*editor, node))
      biases.insert(addition->input(getBiasOperand(*addition, node)));
    for (auto [i, name] : llvm::enumerate(node.input())) {
      std::optional<FloatTensor> tensor = editor->getFloats(name);
      // A single number is a code at the end of its range, without an error.
      if (isElementwise(node) && varying.contains(node.output(0)) && tensor &&
          tensor->values.size() > 1 && !biases.contains(name))
        if (auto codes = chooseConstantCodes(*editor, name);
            codes && fitsOneScale(*editor, node, int(i), *codes))
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
