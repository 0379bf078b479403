//===- Reduction.cpp - Reductions -------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

namespace {
/// Which axes a node reduces, and how.
struct Axes {
  SmallVector<int64_t> axes;
  bool keepdims = true;
  /// No axes, and the node says that this means: none.
  bool isNoop = false;
};
} // namespace

static Axes readAxes(NodeImporter &node) {
  Axes result;
  int64_t rank = node.getInputType(0).getRank();
  std::optional<SmallVector<int64_t>> given = node.getIntsOf(1, "axes");
  result.keepdims = node.getInt("keepdims", 1) != 0;
  if (given && !given->empty()) {
    result.axes = node.normalizeAxes(*given, rank);
    llvm::sort(result.axes);
  } else if (node.getInt("noop_with_empty_axes", 0) != 0) {
    result.isNoop = true;
  } else {
    result.axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  }
  return result;
}

static Value reduce(NodeImporter &node, nn::ReductionKind kind, Value input,
                    const Axes &axes) {
  if (!input || axes.axes.empty())
    return input;
  return node.create<nn::ReduceOp>(kind, input, ArrayRef<int64_t>(axes.axes),
                                   axes.keepdims);
}

template <nn::ReductionKind kind>
static LogicalResult importReduce(NodeImporter &node) {
  return node.setOutput(0,
                        reduce(node, kind, node.getInput(0), readAxes(node)));
}

static LogicalResult importL1(NodeImporter &node) {
  Axes axes = readAxes(node);
  Value x = node.getInput(0);
  if (!axes.isNoop)
    x = node.create<nn::AbsOp>(x);
  return node.setOutput(0, reduce(node, nn::ReductionKind::sum, x, axes));
}

static Value sumSquares(NodeImporter &node, const Axes &axes) {
  Value x = node.getInput(0);
  return reduce(node, nn::ReductionKind::sum, node.create<nn::MulOp>(x, x),
                axes);
}

static LogicalResult importSumSquare(NodeImporter &node) {
  Axes axes = readAxes(node);
  return node.setOutput(0, axes.isNoop ? node.getInput(0)
                                       : sumSquares(node, axes));
}

static LogicalResult importL2(NodeImporter &node) {
  Axes axes = readAxes(node);
  return node.setOutput(
      0, axes.isNoop ? node.getInput(0)
                     : node.create<nn::SqrtOp>(sumSquares(node, axes)));
}

static LogicalResult importLogSum(NodeImporter &node) {
  Axes axes = readAxes(node);
  Value x = node.getInput(0);
  return node.setOutput(0, axes.isNoop
                               ? x
                               : node.create<nn::LogOp>(reduce(
                                     node, nn::ReductionKind::sum, x, axes)));
}

/// Shifted by the maximum, so that no exponential overflows.
static LogicalResult importLogSumExp(NodeImporter &node) {
  Axes axes = readAxes(node);
  Value x = node.getInput(0);
  if (!x || axes.isNoop || axes.axes.empty())
    return node.setOutput(0, x);
  Axes kept = axes;
  kept.keepdims = true;
  Value highest = reduce(node, nn::ReductionKind::max, x, kept);
  Value sum =
      reduce(node, nn::ReductionKind::sum,
             node.create<nn::ExpOp>(node.create<nn::SubOp>(x, highest)), kept);
  Value result = node.create<nn::AddOp>(node.create<nn::LogOp>(sum), highest);
  if (!result || axes.keepdims)
    return node.setOutput(0, result);
  SmallVector<int64_t> shape;
  for (auto [i, extent] : llvm::enumerate(shapeOf(result)))
    if (!llvm::is_contained(axes.axes, static_cast<int64_t>(i)))
      shape.push_back(extent);
  return node.setOutput(0, node.reshape(result, shape));
}

void coppice::onnx_frontend::addReductionOps(OpTable &table) {
  table["ReduceL1"] = {importL1, 1, 2};
  table["ReduceL2"] = {importL2, 1, 2};
  table["ReduceLogSum"] = {importLogSum, 1, 2};
  table["ReduceLogSumExp"] = {importLogSumExp, 1, 2};
  table["ReduceMax"] = {importReduce<nn::ReductionKind::max>, 1, 2};
  table["ReduceMean"] = {importReduce<nn::ReductionKind::mean>, 1, 2};
  table["ReduceMin"] = {importReduce<nn::ReductionKind::min>, 1, 2};
  table["ReduceProd"] = {importReduce<nn::ReductionKind::prod>, 1, 2};
  table["ReduceSum"] = {importReduce<nn::ReductionKind::sum>, 1, 2};
  table["ReduceSumSquare"] = {importSumSquare, 1, 2};
}
