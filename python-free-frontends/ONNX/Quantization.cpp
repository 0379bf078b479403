//===- Quantization.cpp - QuantizeLinear and DequantizeLinear ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/IR/LowP.h"
#include "python-free-frontends/ONNX/Importer.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

/// Scales are single precision in the file; below its normal numbers they have
/// lost the digits that rescaling needs.
static LogicalResult checkScale(NodeImporter &node, double scale) {
  if (std::isfinite(scale) && scale > 0 &&
      scale >= std::numeric_limits<float>::min())
    return success();
  std::string text;
  llvm::raw_string_ostream(text) << scale;
  return node.error("the scale " + text +
                    " is not a positive normal number; quantize the model "
                    "again, or remove the channel");
}

/// The integers that hold codes of `element` (signed unless `ui`), or null
/// after the node is reported as unsupported.
static IntegerType getStorage(NodeImporter &node, Type element) {
  auto integer = dyn_cast_or_null<IntegerType>(element);
  if (integer && (integer.getWidth() == 8 || integer.getWidth() == 16 ||
                  (integer.getWidth() == 32 && !integer.isUnsigned())))
    return integer;
  std::string name;
  llvm::raw_string_ostream(name) << element;
  (void)node.unsupported("codes of element type " + name);
  return {};
}

/// The quantized element type that inputs 1 (scale) and 2 (zero point) make of
/// integers `element`, for a tensor of `shape`. Null after a report.
static quant::QuantizedType readQuantizedType(NodeImporter &node, Type element,
                                              ArrayRef<int64_t> shape) {
  if (node.getInt("block_size", 0) != 0) {
    (void)node.unsupported("scales per block");
    return {};
  }
  std::optional<HostTensor> scale = node.getConstant(1);
  std::optional<HostTensor> zero = node.getConstant(2);
  if (!scale || (node.hasInput(2) && !zero)) {
    (void)node.unsupported("scale or zero point that is computed by a node");
    return {};
  }
  IntegerType storage = getStorage(node, element);
  if (!storage)
    return {};
  bool isSigned = !storage.isUnsigned();
  unsigned bits = storage.getWidth();
  int64_t min =
      quant::QuantizedType::getDefaultMinimumForInteger(isSigned, bits);
  int64_t max =
      quant::QuantizedType::getDefaultMaximumForInteger(isSigned, bits);

  int64_t count = scale->size();
  bool perAxis = scale->type.getRank() == 1 && count != 1;
  int64_t axis = -1;
  if (scale->type.getRank() > 1) {
    (void)node.error("the scale has rank " + Twine(scale->type.getRank()) +
                     "; only one scale, or one per index of an axis, is");
    return {};
  }
  if (perAxis) {
    axis = node.getAxis("axis", 1, shape.size());
    if (node.hasFailed())
      return {};
    if (shape[axis] != count) {
      (void)node.error("there are " + Twine(count) + " scales for the " +
                       Twine(shape[axis]) + " indices of axis " + Twine(axis));
      return {};
    }
  }
  if (zero && zero->size() != count) {
    (void)node.error("there are " + Twine(count) + " scales and " +
                     Twine(zero->size()) + " zero points");
    return {};
  }
  SmallVector<double> scales = scale->getFloats();
  SmallVector<int64_t> zeros(count, 0);
  if (zero)
    zeros = zero->getInts();
  for (double value : scales)
    if (failed(checkScale(node, value)))
      return {};
  for (int64_t value : zeros)
    if (value < min || value > max) {
      (void)node.error("the zero point " + Twine(value) + " is outside [" +
                       Twine(min) + ", " + Twine(max) + "]");
      return {};
    }
  unsigned flags = isSigned ? quant::QuantizationFlags::Signed : 0;
  Type code = IntegerType::get(node.b.getContext(), bits);
  Type real = scale->type.getElementType();
  if (perAxis)
    return quant::UniformQuantizedPerAxisType::get(flags, code, real, scales,
                                                   zeros, axis, min, max);
  return quant::UniformQuantizedType::get(flags, code, real, scales[0],
                                          zeros[0], min, max);
}

static LogicalResult importQuantize(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  if (!isa<FloatType>(elementOf(input)))
    return node.unsupported("input that is not a float tensor");
  Type element =
      IntegerType::get(node.b.getContext(), 8, IntegerType::Unsigned);
  if (node.hasInput(2))
    element = node.getInputType(2).getElementType();
  else if (int64_t code = node.getInt("output_dtype", 0))
    element = getElementType(code, node.b.getContext());
  quant::QuantizedType type = readQuantizedType(node, element, shapeOf(input));
  if (!type)
    return failure();
  return node.setOutput(0,
                        node.createTyped<lowp::QuantizeOp>(
                            lowp::withElement(input.getType(), type), input));
}

/// The codes of input 0 as a quantized tensor: what QuantizeLinear made, or
/// integers of another origin.
static Value asQuantized(NodeImporter &node, quant::QuantizedType type) {
  Value codes = node.getInput(0);
  if (!codes)
    return {};
  if (quant::QuantizedType has = lowp::getQuantizedType(codes.getType())) {
    if (has == type)
      return codes;
    // Read with other scales than it was written with: the codes stay.
    codes = node.createTyped<quant::StorageCastOp>(
        lowp::getStorageTensor(codes.getType()), codes);
  } else if (elementOf(codes).isUnsignedInteger()) {
    codes = node.createTyped<tensor::BitcastOp>(
        lowp::withElement(codes.getType(), type.getStorageType()), codes);
  }
  return node.createTyped<quant::StorageCastOp>(
      lowp::withElement(codes.getType(), type), codes);
}

static LogicalResult importDequantize(NodeImporter &node) {
  // What the codes are: another node's result, an initializer, an input.
  RankedTensorType codes = node.getInputType(0);
  Type element = codes.getElementType();
  if (quant::QuantizedType has = lowp::getQuantizedType(codes))
    element = IntegerType::get(
        node.b.getContext(), has.getStorageTypeIntegralWidth(),
        has.isSigned() ? IntegerType::Signless : IntegerType::Unsigned);
  if (node.hasInput(2) && node.getInputType(2).getElementType() != element)
    return node.error("the zero point's element type is not that of the codes");
  quant::QuantizedType type =
      readQuantizedType(node, element, codes.getShape());
  if (!type)
    return failure();
  if (node.setQuantizedParameter(0, type))
    return failure(node.hasFailed());
  Value quantized = asQuantized(node, type);
  if (!quantized)
    return failure();
  return node.setOutput(
      0, node.createTyped<lowp::DequantizeOp>(
             lowp::getRealTensor(quantized.getType()), quantized));
}

void coppice::onnx_frontend::addQuantizationOps(OpTable &table) {
  table["QuantizeLinear"] = {importQuantize, 2, 3};
  table["DequantizeLinear"] = {importDequantize, 2, 3};
}
