//===- Loss.cpp - Losses and dropout ----------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

/// Refuses a known label that is neither a class nor the ignored one.
static LogicalResult checkLabels(NodeImporter &node, int64_t classes) {
  std::optional<FileTensor> labels = node.getKnown(1);
  if (!labels || labels->isFloat())
    return success();
  for (int64_t label : labels->getInts()) {
    bool isIgnored =
        node.hasAttr("ignore_index") && label == node.getInt("ignore_index", 0);
    if (!isIgnored && (label < 0 || label >= classes))
      return node.error("label " + Twine(label) + " in '" +
                        node.proto.input(1) + "' is not one of the " +
                        Twine(classes) + " classes of '" + node.proto.input(0) +
                        "'; correct the label");
  }
  return success();
}

/// Computes minus the log-probability of each label, times the label's weight,
/// and then the node's reduction. `logProbabilities` is N×C×..., the labels
/// N×....
static Value negativeLogLikelihood(NodeImporter &node, Value logProbabilities) {
  Value labels = node.getInput(1);
  if (!logProbabilities || !labels)
    return {};
  int64_t rank = rankOf(logProbabilities);
  Type element = elementOf(logProbabilities);
  if (rank < 2 || rankOf(labels) != rank - 1 ||
      !isa<IntegerType>(elementOf(labels))) {
    (void)node.error("the scores must be N×C×..., the labels integers N×...");
    return {};
  }
  if (failed(checkLabels(node, shapeOf(logProbabilities)[1])))
    return {};
  // Move the classes last, where one_hot puts them.
  if (rank > 2) {
    SmallVector<int64_t> classesLast{0};
    llvm::append_range(classesLast, llvm::seq<int64_t>(2, rank));
    classesLast.push_back(1);
    logProbabilities = node.transpose(logProbabilities, classesLast);
  }
  if (!logProbabilities)
    return {};
  Value hot = node.createTyped<nn::OneHotOp>(
      RankedTensorType::get(shapeOf(logProbabilities), element), labels);
  if (node.hasAttr("ignore_index")) {
    Value ignored =
        node.scalar(elementOf(labels), node.getInt("ignore_index", 0));
    Value counts =
        node.create<nn::CompareOp>(nn::Comparison::ne, labels, ignored);
    if (!counts)
      return {};
    SmallVector<int64_t> shape(shapeOf(counts));
    shape.push_back(1);
    counts = node.createTyped<nn::CastOp>(
        RankedTensorType::get(shapeOf(counts), element), counts);
    hot = node.create<nn::MulOp>(hot, node.reshape(counts, shape));
  }
  if (node.hasInput(2))
    hot = node.create<nn::MulOp>(hot, node.getInput(2));
  SmallVector<int64_t> classes{rank - 1};
  Value loss = node.create<nn::NegOp>(node.create<nn::ReduceOp>(
      nn::ReductionKind::sum, node.create<nn::MulOp>(logProbabilities, hot),
      ArrayRef<int64_t>(classes), false));
  std::string reduction = node.getString("reduction", "mean");
  if (reduction == "none" || !loss)
    return loss;
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, rank - 1));
  Value sum = node.create<nn::ReduceOp>(nn::ReductionKind::sum, loss,
                                        ArrayRef<int64_t>(all), false);
  if (reduction == "sum")
    return sum;
  if (reduction != "mean") {
    (void)node.error("reduction '" + reduction + "' is unknown");
    return {};
  }
  // The mean divides by the weights of the labels that count.
  all.push_back(rank - 1);
  Value weight = node.create<nn::ReduceOp>(nn::ReductionKind::sum, hot,
                                           ArrayRef<int64_t>(all), false);
  return node.create<nn::DivOp>(sum, weight);
}

static LogicalResult importNegativeLogLikelihood(NodeImporter &node) {
  return node.setOutput(0, negativeLogLikelihood(node, node.getInput(0)));
}

static LogicalResult importSoftmaxCrossEntropy(NodeImporter &node) {
  Value scores = node.getInput(0), labels = node.getInput(1);
  if (!scores || !labels)
    return failure();
  if (rankOf(scores) < 2)
    return node.error("the scores must be N×C×...");
  if (rankOf(scores) == 2 && !node.hasInput(2) && !node.hasOutput(1) &&
      !node.hasAttr("ignore_index") &&
      node.getString("reduction", "mean") == "mean") {
    if (failed(checkLabels(node, shapeOf(scores)[1])))
      return failure();
    return node.setOutput(
        0, node.create<nn::SoftmaxCrossEntropyOp>(scores, labels));
  }
  Value logProbabilities =
      node.create<nn::LogSoftmaxOp>(scores, static_cast<uint64_t>(1));
  if (failed(node.setOutput(0, negativeLogLikelihood(node, logProbabilities))))
    return failure();
  return node.setOutput(1, logProbabilities);
}

/// Imports a dropout of a training step, whatever mode the file was exported
/// in. Inference and evaluation leave it out (--train-remove-dropout).
static LogicalResult importDropout(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  bool training = false;
  if (node.hasInput(2)) {
    SmallVector<int64_t> mode = node.getConstantInts(2, "training_mode");
    training = mode.size() == 1 && mode[0] != 0;
  }
  double ratio = node.getFloat("ratio", 0.5);
  if (node.hasInput(1)) {
    SmallVector<double> given = node.getConstantFloats(1, "the ratio");
    ratio = given.size() == 1 ? given[0] : -1.0;
  }
  if (node.hasFailed())
    return failure();
  if (!(ratio >= 0.0 && ratio < 1.0))
    return node.error("the ratio must be in [0, 1)");
  if (node.hasOutput(1)) {
    if (training && ratio != 0.0)
      return node.unsupported("the mask of a training dropout");
    // The mask keeps all elements. Before opset 10 it has the input's type.
    Type element = node.opset < 10 ? elementOf(input) : node.b.getI1Type();
    auto one = FileTensor::get(RankedTensorType::get({1}, element),
                               ArrayRef<int64_t>{1});
    if (failed(node.setOutput(0, input)))
      return success(!node.hasFailed());
    return node.setOutput(
        1,
        FileTensor::splat(RankedTensorType::get(shapeOf(input), element), one));
  }
  if (ratio == 0.0 || !isa<FloatType>(elementOf(input)))
    return node.setOutput(0, input);
  Value seed = node.scalar(node.b.getI64Type(), node.getInt("seed", 0));
  return node.setOutput(
      0, node.createTyped<nn::DropoutOp>(input.getType(), input, seed,
                                         APFloat(ratio), uint64_t(0)));
}

void coppice::onnx_frontend::addLossOps(OpTable &table) {
  table["Dropout"] = {importDropout, 1, 3, 2};
  table["NegativeLogLikelihoodLoss"] = {importNegativeLogLikelihood, 2, 3};
  table["SoftmaxCrossEntropyLoss"] = {importSoftmaxCrossEntropy, 2, 3, 2};
  table["Dropout"].results = ResultCodes::input;
}
