//===- Pooling.cpp - Pooling ------------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Window.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

/// Reads the window of a pooling node, whose input must have rank 3 or 4.
static FailureOr<Window> readPool(NodeImporter &node) {
  ArrayRef<int64_t> shape = node.getInputType(0).getShape();
  if (shape.size() != 3 && shape.size() != 4)
    return node.unsupported("input of rank " + Twine(shape.size()) +
                            ", only 3 (N×C×L) and 4 (N×C×H×W) are");
  if (!node.hasAttr("kernel_shape"))
    return node.error("attribute 'kernel_shape' is missing");
  SmallVector<int64_t> kernel = node.getInts("kernel_shape");
  Window window = readWindow(node, shape.drop_front(2), kernel);
  if (node.hasFailed())
    return failure();
  return window;
}

static LogicalResult importMaxPool(NodeImporter &node) {
  if (node.hasOutput(1))
    return node.unsupported("output 'Indices'");
  FailureOr<Window> window = readPool(node);
  if (failed(window))
    return failure();
  window->pads[2] += window->ceilPads[0];
  window->pads[3] += window->ceilPads[1];
  Value result = node.create<nn::MaxPool2DOp>(
      toNHWC(node, node.getInput(0)), ArrayRef<int64_t>(window->kernel),
      ArrayRef<int64_t>(window->strides), ArrayRef<int64_t>(window->pads),
      ArrayRef<int64_t>(window->dilations));
  return node.setOutput(0,
                        fromNHWC(node, result, node.getInputType(0).getRank()));
}

static LogicalResult importAveragePool(NodeImporter &node) {
  FailureOr<Window> window = readPool(node);
  if (failed(window))
    return failure();
  bool countPads = node.getInt("count_include_pad", 0) != 0;
  Value input = toNHWC(node, node.getInput(0));
  bool grows = window->ceilPads[0] || window->ceilPads[1];
  if (countPads && grows) {
    // Elements that ceil_mode adds never count, but pads do, so the pads become
    // part of the input.
    input = node.create<nn::PadOp>(
        input, ArrayRef<int64_t>{0, window->pads[0], window->pads[1], 0},
        ArrayRef<int64_t>{0, window->pads[2], window->pads[3], 0},
        nn::PadMode::constant, node.b.getF64FloatAttr(0.0).getValue());
    window->pads.assign(4, 0);
    countPads = false;
  }
  window->pads[2] += window->ceilPads[0];
  window->pads[3] += window->ceilPads[1];
  Value result = node.create<nn::AvgPool2DOp>(
      input, ArrayRef<int64_t>(window->kernel),
      ArrayRef<int64_t>(window->strides), ArrayRef<int64_t>(window->pads),
      ArrayRef<int64_t>(window->dilations), countPads);
  return node.setOutput(0,
                        fromNHWC(node, result, node.getInputType(0).getRank()));
}

template <nn::ReductionKind kind>
static LogicalResult importGlobalPool(NodeImporter &node) {
  int64_t rank = node.getInputType(0).getRank();
  if (rank < 3)
    return node.error("the input has rank " + Twine(rank) + ", not 3 or more");
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(2, rank));
  return node.setOutput(0, node.create<nn::ReduceOp>(kind, node.getInput(0),
                                                     ArrayRef<int64_t>(axes),
                                                     true));
}

void coppice::onnx_frontend::addPoolingOps(OpTable &table) {
  table["MaxPool"] = {importMaxPool, 1, 1, 2, Codes::asQuantized};
  table["AveragePool"] = {importAveragePool, 1, 1};
  table["GlobalAveragePool"] = {importGlobalPool<nn::ReductionKind::mean>, 1,
                                1};
  table["GlobalMaxPool"] = {importGlobalPool<nn::ReductionKind::max>, 1, 1, 1,
                            Codes::asQuantized};
  for (StringRef op : {"AveragePool", "GlobalAveragePool"})
    table[op].results = ResultCodes::own;
  table["MaxPool"].results = ResultCodes::input;
}
