//===- PrepareQuantization.cpp - Folds and equalizes a model ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/ONNX.h"
#include "python-free-frontends/ONNX/Nodes.h"
#include "python-free-frontends/ONNX/OperatorSet.h"
#include "python-free-frontends/ONNX/QuantizationPlan.h"

#include <cmath>

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;

/// Drops the nodes that nothing reads. The import leaves them out, so that
/// nothing is known of them, not even whether they have their inputs.
static void dropUnread(GraphEditor &editor) {
  llvm::StringSet<> read = findReadNames(editor.getGraph());
  auto &nodes = *editor.getGraph().mutable_node();
  nodes.erase(std::remove_if(nodes.begin(), nodes.end(),
                             [&](const NodeProto &node) {
                               return llvm::none_of(
                                   node.output(), [&](const std::string &name) {
                                     return !name.empty() &&
                                            read.contains(name);
                                   });
                             }),
              nodes.end());
  editor.reindex();
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// The float tensor of a Constant node; null where it holds anything else.
static const ::onnx::TensorProto *getConstantFloats(const NodeProto &node) {
  const ::onnx::AttributeProto *value =
      node.op_type() == "Constant" ? findAttr(node, "value") : nullptr;
  bool isFloat = value && value->t().data_type() == ::onnx::TensorProto::FLOAT;
  return isFloat ? &value->t() : nullptr;
}

static bool hasManyElements(const ::onnx::TensorProto &tensor) {
  return llvm::any_of(tensor.dims(), [](int64_t extent) { return extent > 1; });
}

/// Weights of Constant nodes and of copies of initializers become initializers,
/// which the rest looks for.
static void hoistConstants(GraphEditor &editor) {
  auto isWeight = [&](StringRef name) {
    return !editor.isOutput(name) &&
           llvm::all_of(editor.getReaders(name), [](const NodeProto *reader) {
             return isLayer(*reader) || isElementwise(*reader) ||
                    reader->op_type() == "BatchNormalization";
           });
  };
  auto &nodes = *editor.getGraph().mutable_node();
  for (int i = 0; i < nodes.size(); ++i) {
    if (nodes[i].output_size() != 1 || !isWeight(nodes[i].output(0)))
      continue;
    std::string name = nodes[i].output(0);
    if (const ::onnx::TensorProto *tensor = getConstantFloats(nodes[i])) {
      if (!hasManyElements(*tensor))
        continue; // a number, not a weight
      ::onnx::TensorProto &added = *editor.getGraph().add_initializer();
      added = *tensor;
      added.set_name(name);
    } else if (nodes[i].op_type() == "Identity" &&
               editor.getFloats(nodes[i].input(0))) {
      std::string source = nodes[i].input(0);
      for (NodeProto *reader : editor.getReaders(name))
        for (std::string &input : *reader->mutable_input())
          if (input == name)
            input = source;
    } else {
      continue;
    }
    nodes.DeleteSubrange(i--, 1);
    editor.reindex();
  }
}

//===----------------------------------------------------------------------===//
// Batch norm
//===----------------------------------------------------------------------===//

/// Folds a batch norm into the convolution that alone feeds it; the
/// convolution then makes the batch norm's result. False where it cannot.
static bool foldBatchNorm(GraphEditor &editor, NodeProto &norm) {
  NodeProto *conv = editor.getProducer(norm.input(0));
  if (!conv || conv->op_type() != "Conv" ||
      editor.getOnlyReader(norm.input(0)) != &norm || norm.output_size() != 1 ||
      editor.getReaders(conv->input(1)).size() != 1 ||
      (conv->input_size() > 2 && editor.getReaders(conv->input(2)).size() != 1))
    return false;
  std::optional<FloatTensor> weight = editor.getFloats(conv->input(1));
  std::optional<FloatTensor> parts[4]; // scale, shift, mean, variance
  for (int i = 0; i < 4; ++i)
    parts[i] = editor.getFloats(norm.input(1 + i));
  FloatTensor bias;
  if (conv->input_size() > 2) {
    std::optional<FloatTensor> given = editor.getFloats(conv->input(2));
    if (!given)
      return false;
    bias = *given;
  }
  if (!weight || llvm::any_of(parts, [](auto &part) { return !part; }))
    return false;
  size_t channels = size_t(weight->shape[0]);
  if (llvm::any_of(parts,
                   [&](auto &part) { return part->values.size() != channels; }))
    return false;
  bias.shape = {int64_t(channels)};
  bias.values.resize(channels);
  double epsilon = getFloatAttr(norm, "epsilon", 1e-5);
  int64_t row = weight->getRowSize();
  for (size_t o = 0; o < channels; ++o) {
    double factor =
        parts[0]->values[o] / std::sqrt(parts[3]->values[o] + epsilon);
    for (int64_t k = 0; k < row; ++k)
      weight->values[o * row + k] = float(weight->values[o * row + k] * factor);
    bias.values[o] = float((bias.values[o] - parts[2]->values[o]) * factor +
                           parts[1]->values[o]);
  }
  editor.setFloats(conv->input(1), *weight);
  std::string name = conv->input_size() > 2
                         ? conv->input(2)
                         : editor.getFreshName(norm.output(0) + ".bias");
  editor.setFloats(name, bias);
  if (conv->input_size() > 2)
    conv->set_input(2, name);
  else
    conv->add_input(name);
  conv->set_output(0, norm.output(0));
  return true;
}

static void foldBatchNorms(GraphEditor &editor) {
  auto &nodes = *editor.getGraph().mutable_node();
  for (int i = 0; i < nodes.size(); ++i)
    if (nodes[i].op_type() == "BatchNormalization" &&
        foldBatchNorm(editor, nodes[i])) {
      nodes.DeleteSubrange(i--, 1);
      editor.reindex();
    }
}

//===----------------------------------------------------------------------===//
// Cross-layer equalization
//===----------------------------------------------------------------------===//

/// The convolution that `conv` alone feeds, at most over a Relu (which a
/// positive factor passes through).
static NodeProto *getNextConv(GraphEditor &editor, const NodeProto &conv) {
  NodeProto *next = editor.getOnlyReader(conv.output(0));
  if (next && next->op_type() == "Relu")
    next = editor.getOnlyReader(next->output(0));
  return next && next->op_type() == "Conv" ? next : nullptr;
}

/// Divides channel i that `first` gives by s_i and multiplies what `second`
/// reads of it: with r1 and r2 the largest weights of the channel on both
/// sides, s = sqrt(r1 / r2) makes both sqrt(r1 r2).
static void equalize(GraphEditor &editor, NodeProto &first, NodeProto &second) {
  std::optional<FloatTensor> w1 = editor.getFloats(first.input(1));
  std::optional<FloatTensor> w2 = editor.getFloats(second.input(1));
  if (!w1 || !w2 || w2->shape.size() < 2 ||
      editor.getReaders(first.input(1)).size() != 1 ||
      editor.getReaders(second.input(1)).size() != 1)
    return;
  std::optional<FloatTensor> bias;
  if (first.input_size() > 2) {
    bias = editor.getFloats(first.input(2));
    if (!bias || editor.getReaders(first.input(2)).size() != 1)
      return;
  }
  int64_t channels = w1->shape[0], groups = getIntAttr(second, "group", 1);
  bool depthwise = groups == channels && w2->shape[0] == channels;
  if (groups != 1 && !depthwise)
    return;
  int64_t row1 = w1->getRowSize(), row2 = w2->getRowSize();
  int64_t inputs = w2->shape[1], taps = row2 / inputs;
  // Weights of `second` that read channel c.
  auto forEach = [&](int64_t c, auto &&apply) {
    if (depthwise) {
      for (int64_t k = 0; k < row2; ++k)
        apply(w2->values[c * row2 + k]);
      return;
    }
    for (int64_t o = 0; o < w2->shape[0]; ++o)
      for (int64_t k = 0; k < taps; ++k)
        apply(w2->values[o * row2 + c * taps + k]);
  };
  for (int64_t c = 0; c < channels; ++c) {
    float r1 = 0, r2 = 0;
    for (int64_t k = 0; k < row1; ++k)
      r1 = std::max(r1, std::fabs(w1->values[c * row1 + k]));
    forEach(c, [&](float &w) { r2 = std::max(r2, std::fabs(w)); });
    // A dead channel has nothing to balance.
    if (!(r1 > 1e-8f) || !(r2 > 1e-8f))
      continue;
    float s = std::sqrt(r1 / r2);
    for (int64_t k = 0; k < row1; ++k)
      w1->values[c * row1 + k] /= s;
    if (bias)
      bias->values[c] /= s;
    forEach(c, [&](float &w) { w *= s; });
  }
  editor.setFloats(first.input(1), *w1);
  editor.setFloats(second.input(1), *w2);
  if (bias)
    editor.setFloats(first.input(2), *bias);
}

static bool makesOrReadsCodes(StringRef op) {
  return op.starts_with("QLinear") || op.ends_with("QuantizeLinear") ||
         llvm::is_contained(
             {"ConvInteger", "DequantizeLinear", "MatMulInteger", "QGemm"}, op);
}

LogicalResult coppice::prepareForQuantization(StringRef original,
                                              const ONNXImportOptions &options,
                                              bool equal, StringRef path,
                                              MLIRContext *context) {
  FailureOr<GraphEditor> editor = GraphEditor::open(original, context);
  if (failed(editor))
    return failure();
  dropUnread(*editor);
  for (const NodeProto &node : editor->getGraph().node())
    if (makesOrReadsCodes(node.op_type()))
      return emitError(editor->getLoc())
             << "the model is quantized already: it has a " << node.op_type()
             << "; give the float model, or train this one as it is";
  setEvaluationMode(editor->getModel());
  editor->reindex();
  bool wasValid = checkModel(editor->getModel()).empty();
  if (failed(raiseOperatorSet(*editor, original, options)))
    return failure();
  if (std::string what = checkModel(editor->getModel());
      wasValid && !what.empty())
    return emitError(editor->getLoc()) << "cannot be converted to operator set "
                                       << kQuantizationOpset << ": " << what;
  hoistConstants(*editor);
  foldBatchNorms(*editor);
  if (equal)
    // Each pair moves the ranges of its neighbours: a few sweeps settle.
    for (int sweep = 0; sweep < 10; ++sweep)
      for (NodeProto &node : *editor->getGraph().mutable_node())
        if (node.op_type() == "Conv")
          if (NodeProto *next = getNextConv(*editor, node))
            equalize(*editor, node, *next);
  editor->dropUnused();
  return editor->save(path);
}
