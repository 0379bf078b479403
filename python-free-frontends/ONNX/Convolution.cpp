//===- Convolution.cpp - Conv and ConvTranspose -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Window.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

/// Returns input 1 as KH×KW×I×O. A parameter that only convolutions read is
/// stored in this layout.
static Value getWeight(NodeImporter &node) {
  Value weight = node.getInput(1);
  if (!weight)
    return {};
  int64_t rank = rankOf(weight);
  if (node.getInputLayout(1).empty()) {
    if (rank == 3)
      weight = node.transpose(weight, {2, 1, 0});
    else if (rank == 4)
      weight = node.transpose(weight, {2, 3, 1, 0});
  }
  if (!weight || rank == 4)
    return weight;
  ArrayRef<int64_t> s = shapeOf(weight);
  return node.reshape(weight, {1, s[0], s[1], s[2]});
}

/// Returns the number of spatial axes of an N×C×... input, or fails after a
/// report.
static FailureOr<int64_t> checkRanks(NodeImporter &node) {
  int64_t rank = node.getInputType(0).getRank();
  if (node.getInputType(1).getRank() != rank)
    return node.error("the weight has rank " +
                      Twine(node.getInputType(1).getRank()) +
                      ", the input rank " + Twine(rank));
  if (rank != 3 && rank != 4)
    return node.unsupported("input of rank " + Twine(rank) +
                            ", only 3 (N×C×L) and 4 (N×C×H×W) are");
  ArrayRef<int64_t> kernel = node.getInputType(1).getShape().drop_front(2);
  if (node.hasAttr("kernel_shape") &&
      ArrayRef<int64_t>(node.getInts("kernel_shape")) != kernel)
    return node.error("kernel_shape is not the shape of the weight");
  return rank;
}

static LogicalResult importConv(NodeImporter &node) {
  FailureOr<int64_t> rank = checkRanks(node);
  if (failed(rank))
    return failure();
  Window window =
      readWindow(node, node.getInputType(0).getShape().drop_front(2),
                 node.getInputType(1).getShape().drop_front(2));
  Value input = toNHWC(node, node.getInput(0));
  Value weight = getWeight(node);
  Optional bias{node.getInput(2)};
  int64_t groups = node.getInt("group", 1);
  Value result = node.create<nn::Conv2DOp>(
      input, weight, bias, ArrayRef<int64_t>(window.strides),
      ArrayRef<int64_t>(window.pads), ArrayRef<int64_t>(window.dilations),
      static_cast<uint64_t>(groups));
  return node.setOutput(0, fromNHWC(node, result, *rank));
}

/// A transposed convolution is the input gradient of the convolution with the
/// same weight. The result of that convolution has the shape of this node's
/// input.
static LogicalResult importConvTranspose(NodeImporter &node) {
  FailureOr<int64_t> rank = checkRanks(node);
  if (failed(rank))
    return failure();
  ArrayRef<int64_t> spatial = node.getInputType(0).getShape().drop_front(2);
  ArrayRef<int64_t> kernel = node.getInputType(1).getShape().drop_front(2);
  size_t axes = spatial.size();
  auto orDefault = [&](StringRef name, int64_t value) {
    SmallVector<int64_t> result = node.getInts(name);
    if (result.empty())
      result.assign(axes, value);
    if (result.size() != axes || llvm::any_of(result, [](int64_t v) {
          return v < 0 || v > (1 << 30);
        })) {
      (void)node.error("attribute '" + name + "' needs " + Twine(axes) +
                       " values, none negative");
      result.assign(axes, 1);
    }
    return result;
  };
  SmallVector<int64_t> strides = orDefault("strides", 1),
                       dilations = orDefault("dilations", 1),
                       extra = orDefault("output_padding", 0), low(axes, 0),
                       high(axes, 0), extent(axes, 0);
  SmallVector<int64_t> wanted = node.getInts("output_shape"),
                       pads = node.getInts("pads");
  std::string autoPad = readAutoPad(node, pads);
  bool isSame = StringRef(autoPad).starts_with("SAME_");
  // Some writers list all axes.
  if (wanted.size() == axes + 2)
    wanted.erase(wanted.begin(), wanted.begin() + 2);
  if ((!wanted.empty() && wanted.size() != axes) ||
      (!pads.empty() && pads.size() != 2 * axes))
    return node.error("output_shape or pads has the wrong length");
  // The limit keeps products of two from overflowing.
  for (int64_t v : llvm::concat<const int64_t>(spatial, kernel, wanted, pads))
    if (v > (1 << 30))
      return node.error("the extent or pad " + Twine(v) + " is absurd");
  for (size_t i = 0; i < axes; ++i) {
    int64_t full = strides[i] * (spatial[i] - 1) + extra[i] +
                   (kernel[i] - 1) * dilations[i] + 1;
    if (!wanted.empty() || isSame) {
      extent[i] = wanted.empty() ? spatial[i] * strides[i] : wanted[i];
      int64_t total = std::max<int64_t>(0, full - extent[i]);
      low[i] = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2;
      high[i] = total - low[i];
    } else if (!pads.empty() && autoPad != "VALID") {
      low[i] = pads[i];
      high[i] = pads[axes + i];
      extent[i] = full - low[i] - high[i];
    } else {
      extent[i] = full;
    }
    if (extent[i] < 1)
      return node.error("the result would be empty");
    if (low[i] < 0 || high[i] < 0)
      return node.unsupported("negative pads");
    // output_padding adds elements behind the convolution's last window. They
    // are fewer than the stride, so the convolution ignores them.
    if (extra[i] >= strides[i] && extra[i] >= dilations[i])
      return node.error("output_padding must be smaller than the stride");
  }
  int64_t groups = node.getInt("group", 1);
  if (node.hasFailed())
    return failure();
  int64_t from = node.getInputType(0).getDimSize(1),
          has = node.getInputType(1).getDimSize(0);
  if (from != has)
    return node.error("the input has " + Twine(from) +
                      " channels, the weight takes " + Twine(has) +
                      "; correct the weight, or what the node reads");
  if (groups < 1 || from % groups != 0)
    return node.error("group " + Twine(groups) + " does not divide the " +
                      Twine(from) + " channels of the input");
  Value weight = getWeight(node);
  Value input = toNHWC(node, node.getInput(0));
  if (!weight || !input)
    return failure();
  if (axes == 1) {
    strides.insert(strides.begin(), 1);
    dilations.insert(dilations.begin(), 1);
    extent.insert(extent.begin(), 1);
    low.insert(low.begin(), 0);
    high.insert(high.begin(), 0);
  }
  SmallVector<int64_t> allPads{low[0], low[1], high[0], high[1]};
  int64_t channels = shapeOf(weight)[2] * groups;
  auto type = RankedTensorType::get(
      {shapeOf(input)[0], extent[0], extent[1], channels}, elementOf(input));
  Value result = node.createTyped<nn::Conv2DInputGradOp>(
      type, input, weight, ArrayRef<int64_t>(strides),
      ArrayRef<int64_t>(allPads), ArrayRef<int64_t>(dilations),
      static_cast<uint64_t>(groups));
  if (node.hasInput(2))
    result = node.create<nn::AddOp>(result, node.getInput(2));
  return node.setOutput(0, fromNHWC(node, result, *rank));
}

void coppice::onnx_frontend::addConvolutionOps(OpTable &table) {
  table["Conv"] = {importConv, 2, 3};
  table["ConvTranspose"] = {importConvTranspose, 2, 3};
  for (StringRef op : {"Conv", "ConvTranspose"}) {
    table[op].roles = {OperandRole::none, OperandRole::weight,
                       OperandRole::bias};
    table[op].convolutionWeight = 1;
  }
  table["Conv"].results = ResultCodes::layer;
}
