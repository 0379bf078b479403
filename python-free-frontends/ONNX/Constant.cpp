//===- Constant.cpp - Ops that are known at import --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

static LogicalResult importConstant(NodeImporter &node) {
  Builder &b = node.b;
  auto vector = [&](size_t size, Type element) {
    return RankedTensorType::get({static_cast<int64_t>(size)}, element);
  };
  auto number = [&](Type element) {
    return RankedTensorType::get({}, element);
  };
  std::optional<FileTensor> value;
  if (node.hasAttr("value"))
    value = node.getTensor("value");
  else if (node.hasAttr("value_int"))
    value = FileTensor::get(number(b.getI64Type()),
                            ArrayRef<int64_t>{node.getInt("value_int", 0)});
  else if (node.hasAttr("value_float"))
    value = FileTensor::get(number(b.getF32Type()),
                            ArrayRef<double>{node.getFloat("value_float", 0)});
  else if (node.hasAttr("value_ints")) {
    SmallVector<int64_t> ints = node.getInts("value_ints");
    value = FileTensor::get(vector(ints.size(), b.getI64Type()),
                            ArrayRef<int64_t>(ints));
  } else if (node.hasAttr("value_floats")) {
    SmallVector<double> floats = node.getFloats("value_floats");
    value = FileTensor::get(vector(floats.size(), b.getF32Type()),
                            ArrayRef<double>(floats));
  } else {
    return node.unsupported("a value that is not a dense tensor or number");
  }
  if (!value)
    return failure();
  return node.setOutput(0, *value, /*isFromFile=*/true);
}

static LogicalResult importShape(NodeImporter &node) {
  ArrayRef<int64_t> shape = node.getInputType(0).getShape();
  int64_t rank = shape.size();
  auto clamp = [&](int64_t i) {
    return std::clamp<int64_t>(i < 0 ? i + rank : i, 0, rank);
  };
  int64_t start = clamp(node.getInt("start", 0));
  int64_t end = clamp(node.getInt("end", rank));
  shape = shape.slice(start, std::max<int64_t>(0, end - start));
  return node.setOutput(
      0, FileTensor::get(
             RankedTensorType::get({static_cast<int64_t>(shape.size())},
                                   node.b.getI64Type()),
             shape));
}

static LogicalResult importSize(NodeImporter &node) {
  int64_t size = node.getInputType(0).getNumElements();
  return node.setOutput(
      0, FileTensor::get(RankedTensorType::get({}, node.b.getI64Type()),
                         ArrayRef<int64_t>{size}));
}

static LogicalResult importConstantOfShape(NodeImporter &node) {
  SmallVector<int64_t> shape = node.getConstantInts(0, "the shape");
  int64_t count = 1;
  for (int64_t extent : shape)
    if (extent < 0 || llvm::MulOverflow(count, extent, count) ||
        count > (int64_t(1) << 40))
      return node.error("the shape is negative or too large");
  std::optional<FileTensor> value = node.getTensor("value");
  if (node.hasFailed())
    return failure();
  if (!value)
    value = FileTensor::get(RankedTensorType::get({1}, node.b.getF32Type()),
                            ArrayRef<double>{0.0});
  if (value->size() != 1)
    return node.error("attribute 'value' must have one element");
  return node.setOutput(
      0,
      FileTensor::splat(
          RankedTensorType::get(shape, value->type.getElementType()), *value));
}

/// The values start, start + delta, ... before limit.
static LogicalResult importRange(NodeImporter &node) {
  std::array<FileTensor, 3> inputs;
  for (int i = 0; i < 3; ++i) {
    std::optional<FileTensor> input = node.getKnown(i);
    if (!input)
      return node.unsupported("operands that are not known at import");
    if (input->size() != 1 ||
        (i && input->type.getElementType() != inputs[0].type.getElementType()))
      return node.error("operands must be numbers of one type");
    inputs[i] = *input;
  }
  double start = inputs[0].getFloat(0), limit = inputs[1].getFloat(0),
         delta = inputs[2].getFloat(0);
  double count = std::ceil((limit - start) / delta);
  if (delta == 0.0 || !(count <= 1 << 24))
    return node.error("delta is 0, or the range has over 16 million elements");
  SmallVector<double> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(start + i * delta);
  return node.setOutput(
      0, FileTensor::get(
             RankedTensorType::get({static_cast<int64_t>(values.size())},
                                   inputs[0].type.getElementType()),
             ArrayRef<double>(values)));
}

void coppice::onnx_frontend::addConstantOps(OpTable &table) {
  table["Constant"] = {importConstant, 0, 0};
  table["ConstantOfShape"] = {importConstantOfShape, 1, 1};
  table["Range"] = {importRange, 3, 3};
  table["Shape"] = {importShape, 1, 1};
  table["Size"] = {importSize, 1, 1};
}
