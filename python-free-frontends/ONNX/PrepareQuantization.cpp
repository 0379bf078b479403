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
#include <functional>

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;
using ::onnx::NodeProto;

/// Removes nodes without readers. The import skips them, so not even their
/// inputs have been checked.
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

/// Returns the float tensor of a Constant node; null if it holds another value.
static const ::onnx::TensorProto *getConstantFloats(const NodeProto &node) {
  const ::onnx::AttributeProto *value =
      node.op_type() == "Constant" ? findAttr(node, "value") : nullptr;
  bool isFloat = value && value->t().data_type() == ::onnx::TensorProto::FLOAT;
  return isFloat ? &value->t() : nullptr;
}

static bool hasManyElements(const ::onnx::TensorProto &tensor) {
  return llvm::any_of(tensor.dims(), [](int64_t extent) { return extent > 1; });
}

/// Whether the node only rearranges the elements of its first input.
static bool arranges(const NodeProto &node) {
  return node.output_size() == 1 &&
         llvm::is_contained({"Flatten", "Identity", "Reshape", "Squeeze",
                             "Transpose", "Unsqueeze"},
                            node.op_type());
}

static FloatTensor transpose(const FloatTensor &tensor,
                             ArrayRef<int64_t> order) {
  size_t rank = tensor.shape.size();
  SmallVector<int64_t> strides(rank, 1);
  for (size_t i = rank; i-- > 1;)
    strides[i - 1] = strides[i] * tensor.shape[i];
  FloatTensor result;
  for (int64_t axis : order)
    result.shape.push_back(tensor.shape[axis]);
  result.values.resize(tensor.values.size());
  for (size_t i = 0; i < result.values.size(); ++i) {
    int64_t rest = int64_t(i), from = 0;
    for (size_t k = rank; k-- > 0; rest /= result.shape[k])
      from += rest % result.shape[k] * strides[order[k]];
    result.values[i] = tensor.values[from];
  }
  return result;
}

/// Returns the shape that a node, which reshapes a tensor of shape `from` in
/// the quantizer's operator set, gives it; nullopt if the file does not contain
/// it, or contains a wrong one.
static std::optional<SmallVector<int64_t>> getNewShape(GraphEditor &editor,
                                                       const NodeProto &node,
                                                       ArrayRef<int64_t> from) {
  int64_t rank = from.size();
  std::optional<SmallVector<int64_t>> given;
  if (node.input_size() > 1 && !(given = editor.getInts(node.input(1))))
    return std::nullopt;
  StringRef op = node.op_type();
  SmallVector<int64_t> to;
  if (op == "Flatten") {
    int64_t axis = getIntAttr(node, "axis", 1);
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis > rank)
      return std::nullopt;
    to.assign(2, 1);
    for (int64_t i = 0; i < rank; ++i)
      to[i >= axis] *= from[i];
  } else if (op == "Reshape") {
    if (!given || getIntAttr(node, "allowzero", 0) != 0)
      return std::nullopt;
    to = *given;
    int64_t known = 1, total = 1;
    for (auto [i, extent] : llvm::enumerate(to)) {
      if (extent == 0 && int64_t(i) < rank)
        extent = from[i];
      known *= extent < 0 ? 1 : extent;
    }
    for (int64_t extent : from)
      total *= extent;
    for (int64_t &extent : to)
      if (extent == -1 && known > 0)
        extent = total / known;
  } else if (op == "Squeeze" && !given) {
    llvm::copy_if(from, std::back_inserter(to),
                  [](int64_t extent) { return extent != 1; });
  } else if (op == "Squeeze" || op == "Unsqueeze") {
    bool grows = op == "Unsqueeze";
    if (!given)
      return std::nullopt;
    int64_t wide = rank + (grows ? int64_t(given->size()) : 0), next = 0;
    llvm::SmallDenseSet<int64_t> axes;
    for (int64_t axis : *given)
      axes.insert(axis < 0 ? axis + wide : axis);
    for (int64_t i = 0; i < wide; ++i)
      if (!axes.contains(i) && (!grows || next < rank))
        to.push_back(from[grows ? next++ : i]);
      else if (grows)
        to.push_back(1);
  } else {
    to.assign(from.begin(), from.end());
  }
  return to;
}

/// Applies the node to the constant `tensor`.
static std::optional<FloatTensor>
arrange(GraphEditor &editor, const NodeProto &node, const FloatTensor &tensor) {
  int64_t rank = tensor.shape.size();
  if (node.op_type() == "Transpose") {
    SmallVector<int64_t> order;
    if (const ::onnx::AttributeProto *given = findAttr(node, "perm"))
      order.assign(given->ints().begin(), given->ints().end());
    else
      llvm::append_range(order, llvm::reverse(llvm::seq<int64_t>(rank)));
    SmallVector<int64_t> sorted(order);
    llvm::sort(sorted);
    if (!llvm::equal(sorted, llvm::seq<int64_t>(rank)))
      return std::nullopt;
    return transpose(tensor, order);
  }
  std::optional<SmallVector<int64_t>> shape =
      getNewShape(editor, node, tensor.shape);
  if (!shape)
    return std::nullopt;
  int64_t total = 1;
  for (int64_t extent : *shape)
    total *= extent;
  if (total != int64_t(tensor.values.size()))
    return std::nullopt;
  return FloatTensor{*shape, tensor.values};
}

/// Folds a node that rearranges an initializer: the initializer takes the new
/// form, and the node's readers read it. A weight with other readers is not
/// changed, unless the node is a copy.
static bool foldArranged(GraphEditor &editor, const NodeProto &node) {
  if (!arranges(node) || node.input_size() == 0)
    return false;
  std::string source = node.input(0), name = node.output(0);
  std::optional<FloatTensor> tensor = editor.getFloats(source);
  if (!tensor)
    return false;
  if (node.op_type() != "Identity") {
    if (editor.getOnlyReader(source) != &node)
      return false;
    std::optional<FloatTensor> arranged = arrange(editor, node, *tensor);
    if (!arranged)
      return false;
    editor.setFloats(source, *arranged);
    // Older files list initializers among the inputs, with their shapes.
    auto &inputs = *editor.getGraph().mutable_input();
    for (int i = inputs.size(); i-- > 0;)
      if (inputs[i].name() == source)
        inputs.DeleteSubrange(i, 1);
  }
  for (NodeProto *reader : editor.getReaders(name))
    for (std::string &input : *reader->mutable_input())
      if (input == name)
        input = source;
  return true;
}

/// Turns weights of Constant nodes, and those behind copies, transposes and
/// reshapes, into initializers of the form that layers read. The other steps
/// look for initializers.
static void hoistConstants(GraphEditor &editor) {
  std::function<bool(StringRef)> isWeight = [&](StringRef name) {
    return !editor.isOutput(name) &&
           llvm::all_of(editor.getReaders(name), [&](const NodeProto *reader) {
             return isLayer(*reader) || isElementwise(*reader) ||
                    reader->op_type() == "BatchNormalization" ||
                    (arranges(*reader) && reader->input(0) == name &&
                     isWeight(reader->output(0)));
           });
  };
  auto &nodes = *editor.getGraph().mutable_node();
  for (int i = 0; i < nodes.size(); ++i) {
    if (nodes[i].output_size() != 1 || !isWeight(nodes[i].output(0)))
      continue;
    if (const ::onnx::TensorProto *tensor = getConstantFloats(nodes[i])) {
      if (!hasManyElements(*tensor))
        continue; // a number, not a weight
      ::onnx::TensorProto &added = *editor.getGraph().add_initializer();
      added = *tensor;
      added.set_name(nodes[i].output(0));
    } else if (!foldArranged(editor, nodes[i])) {
      continue;
    }
    nodes.DeleteSubrange(i--, 1);
    editor.reindex();
  }
}

//===----------------------------------------------------------------------===//
// Batch norm
//===----------------------------------------------------------------------===//

/// Folds a batch norm into the convolution that is its only producer; the
/// convolution then gives the batch norm's result. False if that is not
/// possible.
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

/// Returns the convolution that is the only reader of `conv`, perhaps behind a
/// Relu, through which a positive factor passes.
static NodeProto *getNextConv(GraphEditor &editor, const NodeProto &conv) {
  NodeProto *next = editor.getOnlyReader(conv.output(0));
  if (next && next->op_type() == "Relu")
    next = editor.getOnlyReader(next->output(0));
  return next && next->op_type() == "Conv" ? next : nullptr;
}

/// Divides channel i of the result of `first` by s_i, and multiplies the
/// weights of `second` for it by s_i. With r1 and r2, the largest weights of
/// the channel on both sides, s = sqrt(r1 / r2) makes both sqrt(r1 r2).
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
  // Visits the weights of `second` that read channel c.
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
    // A dead channel is not balanced.
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
             << "; give the float model, or train this one";
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
    // A pair changes the ranges of its neighbours, so a few sweeps are needed.
    for (int sweep = 0; sweep < 10; ++sweep)
      for (NodeProto &node : *editor->getGraph().mutable_node())
        if (node.op_type() == "Conv")
          if (NodeProto *next = getNextConv(*editor, node))
            equalize(*editor, node, *next);
  editor->dropUnused();
  return editor->save(path);
}
