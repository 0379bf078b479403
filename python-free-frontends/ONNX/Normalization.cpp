//===- Normalization.cpp - Normalisation and softmax ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

#include "lib/Support/Note.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

namespace {
/// The results of nn.normalize.
struct Normalized {
  Value result, mean, variance;
};
} // namespace

static Normalized normalize(NodeImporter &node, Value input,
                            ArrayRef<int64_t> axes, double epsilon,
                            bool uncentered = false) {
  if (!input || node.hasFailed())
    return {};
  if (!isa<FloatType>(elementOf(input))) {
    (void)node.error("the input must be a float tensor");
    return {};
  }
  auto op = nn::NormalizeOp::create(node.b, node.loc, input, axes, epsilon,
                                    uncentered);
  return {op.getResult(), op.getMean(), op.getVariance()};
}

/// Returns a vector with one element per channel (axis 1), reshaped to
/// broadcast over a tensor of `rank` axes.
static Value perChannel(NodeImporter &node, int i, int64_t rank,
                        int64_t channels) {
  Value vector = node.getInput(i);
  if (!vector)
    return {};
  if (shapeOf(vector) != ArrayRef<int64_t>{channels}) {
    (void)node.error("input " + Twine(i) +
                     " must have one element for each "
                     "of the " +
                     Twine(channels) + " channels");
    return {};
  }
  SmallVector<int64_t> shape(rank - 1, 1);
  shape[0] = channels;
  return rank == 2 ? vector : node.reshape(vector, shape);
}

//===----------------------------------------------------------------------===//
// Batch normalisation
//===----------------------------------------------------------------------===//

static LogicalResult importTrainingBatchNorm(NodeImporter &node, Value input,
                                             Value scale, Value shift,
                                             double epsilon) {
  emitNote(node.loc) << "normalizes by the batch in inference and in steps, "
                        "since the model gives out the batch's statistics; the "
                        "running ones do not change";
  int64_t rank = rankOf(input), channels = shapeOf(input)[1];
  double momentum = node.getFloat("momentum", 0.9f);
  SmallVector<int64_t> axes{0};
  llvm::append_range(axes, llvm::seq<int64_t>(2, rank));
  Normalized normalized = normalize(node, input, axes, epsilon);
  Value result = node.create<nn::AddOp>(
      node.create<nn::MulOp>(normalized.result, scale), shift);
  if (failed(node.setOutput(0, result)))
    return failure();
  auto running = [&](int in, int out, Value batch) -> LogicalResult {
    if (!node.hasOutput(out))
      return success();
    Value old = node.getInput(in);
    batch = node.reshape(batch, {channels});
    if (!old || !batch)
      return failure();
    Type element = elementOf(old);
    if (element != elementOf(batch))
      batch = node.createTyped<nn::CastOp>(
          RankedTensorType::get({channels}, element), batch);
    return node.setOutput(
        out, node.create<nn::AddOp>(
                 node.create<nn::MulOp>(old, node.scalar(element, momentum)),
                 node.create<nn::MulOp>(batch,
                                        node.scalar(element, 1.0 - momentum))));
  };
  // Opset 14 updates the running variance with the biased variance.
  if (failed(running(3, 1, normalized.mean)) ||
      failed(running(4, 2, normalized.variance)))
    return failure();
  return success();
}

static LogicalResult importBatchNorm(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  int64_t rank = rankOf(input);
  if (rank < 2)
    return node.error("the input has rank " + Twine(rank) + ", not 2 or more");
  if (node.opset < 9 && node.getInt("spatial", 1) == 0)
    return node.unsupported("attribute 'spatial' = 0");
  // Inference evaluates, also for a file that was exported in training mode; a
  // step decides which statistics it normalizes by. If the model returns the
  // batch's statistics, it normalizes by the batch.
  bool readsBatch = false;
  for (int i = 1; i < node.proto.output_size(); ++i)
    readsBatch |= node.hasOutput(i);
  bool training = node.opset >= 14 ? node.getInt("training_mode", 0) != 0
                  : node.opset < 7 ? node.getInt("is_test", 0) == 0
                                   : readsBatch;
  if (training && readsBatch && node.opset < 14)
    return node.unsupported("the batch's statistics before opset 14");
  int64_t channels = shapeOf(input)[1];
  Value scale = perChannel(node, 1, rank, channels),
        shift = perChannel(node, 2, rank, channels);
  double epsilon = node.getFloat("epsilon", 1e-5f);
  if (training && readsBatch)
    return importTrainingBatchNorm(node, input, scale, shift, epsilon);
  // Inference does not use the momentum, but a step that normalizes by its
  // batches does.
  double momentum = node.getFloat("momentum", 0.9f);
  if (!(momentum >= 0 && momentum <= 1))
    return node.error(
        llvm::formatv("momentum = {0} is not in [0, 1]", momentum).str());
  Value mean = perChannel(node, 3, rank, channels),
        variance = perChannel(node, 4, rank, channels);
  if (!scale || !shift || !mean || !variance)
    return failure();
  for (Value statistic : {mean, variance})
    node.graph.markStatistics(statistic, momentum);
  // (x - mean) (scale rsqrt(variance + epsilon)) + shift. The factor is
  // computed per channel.
  Value factor = node.create<nn::MulOp>(
      scale, node.create<nn::RsqrtOp>(node.create<nn::AddOp>(
                 variance, node.scalar(elementOf(variance), epsilon))));
  Value centred = node.create<nn::SubOp>(input, mean);
  return node.setOutput(0, node.create<nn::AddOp>(
                               node.create<nn::MulOp>(centred, factor), shift));
}

//===----------------------------------------------------------------------===//
// Layer, instance and group normalisation
//===----------------------------------------------------------------------===//

static LogicalResult importLayerNorm(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  int64_t axis = node.getAxis("axis", -1, rankOf(input));
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(axis, rankOf(input)));
  Normalized normalized =
      normalize(node, input, axes, node.getFloat("epsilon", 1e-5f));
  Value result = node.create<nn::MulOp>(normalized.result, node.getInput(1));
  if (node.hasInput(2))
    result = node.create<nn::AddOp>(result, node.getInput(2));
  if (failed(node.setOutput(0, result)) ||
      failed(node.setOutput(1, normalized.mean)))
    return failure();
  if (!node.hasOutput(2))
    return success();
  Value epsilon =
      node.scalar(elementOf(input), node.getFloat("epsilon", 1e-5f));
  return node.setOutput(2, node.create<nn::RsqrtOp>(node.create<nn::AddOp>(
                               normalized.variance, epsilon)));
}

static LogicalResult importRMSNorm(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  int64_t axis = node.getAxis("axis", -1, rankOf(input));
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(axis, rankOf(input)));
  Normalized normalized = normalize(
      node, input, axes, node.getFloat("epsilon", 1e-5f), /*uncentered=*/true);
  return node.setOutput(
      0, node.create<nn::MulOp>(normalized.result, node.getInput(1)));
}

static LogicalResult importInstanceNorm(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  int64_t rank = rankOf(input);
  if (rank < 3)
    return node.error("the input has rank " + Twine(rank) + ", not 3 or more");
  int64_t channels = shapeOf(input)[1];
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(2, rank));
  Value result =
      normalize(node, input, axes, node.getFloat("epsilon", 1e-5f)).result;
  return node.setOutput(0, node.create<nn::AddOp>(
                               node.create<nn::MulOp>(
                                   result, perChannel(node, 1, rank, channels)),
                               perChannel(node, 2, rank, channels)));
}

/// The groups become an axis of their own. Scale and shift are per group in
/// opset 18, per channel from opset 21 on.
static LogicalResult importGroupNorm(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  SmallVector<int64_t> shape(shapeOf(input));
  int64_t rank = shape.size(), groups = node.getInt("num_groups", 0);
  if (rank < 3)
    return node.error("the input has rank " + Twine(rank) + ", not 3 or more");
  if (groups < 1 || shape[1] % groups != 0)
    return node.error("num_groups (" + Twine(groups) +
                      ") must divide the channels (" + Twine(shape[1]) + ")");
  SmallVector<int64_t> split{shape[0], groups, shape[1] / groups};
  split.append(shape.begin() + 2, shape.end());
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(2, split.size()));
  Value result = normalize(node, node.reshape(input, split), axes,
                           node.getFloat("epsilon", 1e-5f))
                     .result;
  bool perGroup = node.opset < 21;
  if (!perGroup)
    result = node.reshape(result, shape);
  int64_t resultRank = perGroup ? split.size() : rank;
  int64_t count = perGroup ? groups : shape[1];
  result =
      node.create<nn::MulOp>(result, perChannel(node, 1, resultRank, count));
  result =
      node.create<nn::AddOp>(result, perChannel(node, 2, resultRank, count));
  return node.setOutput(0, node.reshape(result, shape));
}

/// x divided by its norm along an axis; 0 where the norm is 0.
static LogicalResult importLpNorm(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  int64_t axis = node.getAxis("axis", -1, rankOf(input)),
          p = node.getInt("p", 2);
  if (p != 1 && p != 2)
    return node.error("'p' must be 1 or 2, not " + Twine(p));
  Value powers = p == 1 ? node.create<nn::AbsOp>(input)
                        : node.create<nn::MulOp>(input, input);
  Value norm = node.create<nn::ReduceOp>(nn::ReductionKind::sum, powers,
                                         ArrayRef<int64_t>{axis}, true);
  if (p == 2)
    norm = node.create<nn::SqrtOp>(norm);
  if (!norm)
    return failure();
  Value zero = node.scalar(elementOf(norm), 0.0);
  Value isZero = node.create<nn::CompareOp>(nn::Comparison::eq, norm, zero);
  Value safe =
      node.create<nn::WhereOp>(isZero, node.scalar(elementOf(norm), 1.0), norm);
  return node.setOutput(0, node.create<nn::DivOp>(input, safe));
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// Before opset 13 the axes from `axis` on are treated as one.
template <typename OpTy>
static LogicalResult importSoftmax(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  SmallVector<int64_t> shape(shapeOf(input));
  int64_t rank = shape.size();
  if (node.opset >= 13) {
    int64_t axis = node.getAxis("axis", -1, rank);
    return node.setOutput(
        0, node.create<OpTy>(input, static_cast<uint64_t>(axis)));
  }
  int64_t axis = node.getAxis("axis", 1, rank);
  if (node.hasFailed())
    return failure();
  if (axis == rank - 1)
    return node.setOutput(
        0, node.create<OpTy>(input, static_cast<uint64_t>(axis)));
  int64_t tail = 1;
  for (int64_t extent : ArrayRef<int64_t>(shape).drop_front(axis))
    tail *= extent;
  SmallVector<int64_t> flat(ArrayRef<int64_t>(shape).take_front(axis));
  flat.push_back(tail);
  Value result =
      node.create<OpTy>(node.reshape(input, flat), static_cast<uint64_t>(axis));
  return node.setOutput(0, node.reshape(result, shape));
}

void coppice::onnx_frontend::addNormalizationOps(OpTable &table) {
  table["BatchNormalization"] = {importBatchNorm, 5, 5, 5};
  table["GroupNormalization"] = {importGroupNorm, 3, 3};
  table["InstanceNormalization"] = {importInstanceNorm, 3, 3};
  table["LayerNormalization"] = {importLayerNorm, 2, 3, 3};
  table["LogSoftmax"] = {importSoftmax<nn::LogSoftmaxOp>, 1, 1};
  table["LpNormalization"] = {importLpNorm, 1, 1};
  table["RMSNormalization"] = {importRMSNorm, 2, 2};
  table["Softmax"] = {importSoftmax<nn::SoftmaxOp>, 1, 1};
  using Role = OperandRole;
  table["BatchNormalization"].roles = {Role::none, Role::scale, Role::shift,
                                       Role::mean, Role::variance};
  for (StringRef op :
       {"GroupNormalization", "InstanceNormalization", "LayerNormalization"})
    table[op].roles = {Role::none, Role::scale, Role::shift};
  table["RMSNormalization"].roles = {Role::none, Role::scale};
  table["Softmax"].results = ResultCodes::own;
  table["Softmax"].isFraction = true;
}
