//===- MatMul.cpp - MatMul and Gemm -----------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

static LogicalResult importMatMul(NodeImporter &node) {
  Value lhs = node.getInput(0), rhs = node.getInput(1);
  if (!lhs || !rhs)
    return failure();
  bool isRow = rankOf(lhs) == 1, isColumn = rankOf(rhs) == 1;
  if (rankOf(lhs) == 0 || rankOf(rhs) == 0)
    return node.error("an operand is a scalar");
  if (isRow)
    lhs = node.reshape(lhs, {1, shapeOf(lhs)[0]});
  if (isColumn)
    rhs = node.reshape(rhs, {shapeOf(rhs)[0], 1});
  Value result = node.create<nn::MatMulOp>(lhs, rhs, false, false);
  if (!result)
    return failure();
  SmallVector<int64_t> shape(shapeOf(result));
  if (isColumn)
    shape.pop_back();
  if (isRow)
    shape.erase(shape.end() - (isColumn ? 1 : 2));
  return node.setOutput(0, node.reshape(result, shape));
}

static LogicalResult importGemm(NodeImporter &node) {
  if (node.getInputType(0).getRank() != 2 ||
      node.getInputType(1).getRank() != 2)
    return node.error("A and B must have rank 2");
  double alpha = node.getFloat("alpha", 1.0), beta = node.getFloat("beta", 1.0);
  Value result = node.create<nn::MatMulOp>(node.getInput(0), node.getInput(1),
                                           node.getInt("transA", 0) != 0,
                                           node.getInt("transB", 0) != 0);
  if (!result)
    return failure();
  Type element = elementOf(result);
  auto scaled = [&](Value value, double factor) {
    return factor == 1.0
               ? value
               : node.create<nn::MulOp>(value, node.scalar(element, factor));
  };
  result = scaled(result, alpha);
  if (node.hasInput(2) && beta != 0.0) {
    SmallVector<int64_t> shape(shapeOf(result));
    result = node.create<nn::AddOp>(result, scaled(node.getInput(2), beta));
    if (result && shapeOf(result) != ArrayRef<int64_t>(shape))
      return node.error("C does not broadcast to the shape of A B");
  }
  return node.setOutput(0, result);
}

void coppice::onnx_frontend::addMatMulOps(OpTable &table) {
  table["MatMul"] = {importMatMul, 2, 2};
  table["Gemm"] = {importGemm, 2, 3};
  table["MatMul"].roles = {OperandRole::weight, OperandRole::weight};
  table["Gemm"].roles = {OperandRole::weight, OperandRole::weight,
                         OperandRole::bias};
  for (StringRef op : {"Gemm", "MatMul"})
    table[op].results = ResultCodes::layer;
}
