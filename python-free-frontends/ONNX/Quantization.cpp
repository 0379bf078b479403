//===- Quantization.cpp - From real values to codes and back ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Quantization.h"

#include "dialects/LowP/IR/LowP.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

//===----------------------------------------------------------------------===//
// Scales and zero points
//===----------------------------------------------------------------------===//

static constexpr llvm::StringLiteral kScaleCounts =
    "; give one scale, or one for each index of the axis that 'axis' names";

/// Scales are single precision in the file. Subnormal scales have too few
/// digits for rescaling.
static LogicalResult checkScale(NodeImporter &node, StringRef name,
                                double scale, bool perAxis) {
  if (std::isfinite(scale) && scale > 0 &&
      scale >= std::numeric_limits<float>::min())
    return success();
  std::string text;
  llvm::raw_string_ostream(text) << scale;
  return node.error("the scale " + text + " in '" + name +
                    "' is not a positive normal number; quantize the model "
                    "again" +
                    (perAxis ? ", or remove the channel" : ""));
}

/// Returns the integers that hold codes of `element` (signed unless `ui`).
/// Reports the node as unsupported and returns null if there are none.
static IntegerType getStorage(NodeImporter &node, Type element) {
  auto integer = dyn_cast_or_null<IntegerType>(element);
  if (integer && (integer.getWidth() == 8 || integer.getWidth() == 16 ||
                  (integer.getWidth() == 32 && !integer.isUnsigned())))
    return integer;
  (void)node.unsupported("codes of element type " + describeType(element));
  return {};
}

Type coppice::onnx_frontend::getCodeType(NodeImporter &node, int i) {
  RankedTensorType type = node.getInputType(i);
  if (quant::QuantizedType has = lowp::getQuantizedType(type))
    return IntegerType::get(
        node.b.getContext(), has.getStorageTypeIntegralWidth(),
        has.isSigned() ? IntegerType::Signless : IntegerType::Unsigned);
  return type.getElementType();
}

/// Checks that the zero point, if it is there, has the type of the codes.
static LogicalResult checkZeroPointType(NodeImporter &node, Type element,
                                        int zeroPoint) {
  if (!node.hasInput(zeroPoint))
    return success();
  Type zero = node.getInputType(zeroPoint).getElementType();
  if (zero == element)
    return success();
  return node.error("the zero point '" + node.proto.input(zeroPoint) +
                    "' has element type " + describeType(zero) +
                    ", not that of the codes, " + describeType(element) +
                    "; quantize the model again");
}

quant::QuantizedType
coppice::onnx_frontend::readQuantizedType(NodeImporter &node, Type element,
                                          ArrayRef<int64_t> shape,
                                          ScaleInputs inputs) {
  if (node.getInt("block_size", 0) != 0) {
    (void)node.unsupported("scales per block");
    return {};
  }
  if (!node.hasInput(inputs.scale)) {
    (void)node.error("input " + Twine(inputs.scale) + ", a scale, is missing");
    return {};
  }
  std::optional<FileTensor> scale = node.getConstant(inputs.scale);
  std::optional<FileTensor> zero = node.getConstant(inputs.zeroPoint);
  if (!scale || (node.hasInput(inputs.zeroPoint) && !zero)) {
    (void)node.unsupported("scale or zero point that is computed by a node");
    return {};
  }
  StringRef name = node.proto.input(inputs.scale);
  if (!scale->isFloat()) {
    (void)node.error("the scale '" + name + "' is not a float tensor");
    return {};
  }
  IntegerType storage = getStorage(node, element);
  if (!storage || failed(checkZeroPointType(node, element, inputs.zeroPoint)))
    return {};
  bool isSigned = !storage.isUnsigned();
  unsigned bits = storage.getWidth();
  int64_t min =
      quant::QuantizedType::getDefaultMinimumForInteger(isSigned, bits);
  int64_t max =
      quant::QuantizedType::getDefaultMaximumForInteger(isSigned, bits);

  int64_t count = scale->size();
  if (count == 0) {
    (void)node.error("the scale '" + name + "' is empty");
    return {};
  }
  bool perAxis = scale->type.getRank() == 1 && count != 1;
  int64_t axis = -1;
  if (scale->type.getRank() > 1) {
    (void)node.error("the scale '" + name + "' has rank " +
                     Twine(scale->type.getRank()) +
                     "; only one scale, or one per index of an axis, is");
    return {};
  }
  if (perAxis) {
    SmallVector<int64_t> axes =
        node.normalizeAxes({inputs.axis}, int64_t(shape.size()));
    if (axes.empty())
      return {};
    axis = axes.front();
    if (shape[axis] != count) {
      (void)node.error("there are " + Twine(count) + " scales in '" + name +
                       "' for the " + Twine(shape[axis]) + " indices of axis " +
                       Twine(axis) + kScaleCounts);
      return {};
    }
  }
  // One zero point may serve all scales.
  if (zero && zero->size() != count && zero->size() != 1) {
    (void)node.error("there are " + Twine(count) + " scales in '" + name +
                     "' and " + Twine(zero->size()) +
                     " zero points; give one zero point for each scale");
    return {};
  }
  SmallVector<double> scales = scale->getFloats();
  SmallVector<int64_t> zeros(count, 0);
  if (zero)
    zeros = zero->size() == count
                ? zero->getInts()
                : SmallVector<int64_t>(count, zero->getInts().front());
  for (double value : scales)
    if (failed(checkScale(node, name, value, perAxis)))
      return {};
  unsigned flags = isSigned ? quant::QuantizationFlags::Signed : 0;
  Type code = IntegerType::get(node.b.getContext(), bits);
  Type real = scale->type.getElementType();
  if (perAxis)
    return quant::UniformQuantizedPerAxisType::get(flags, code, real, scales,
                                                   zeros, axis, min, max);
  return quant::UniformQuantizedType::get(flags, code, real, scales[0],
                                          zeros[0], min, max);
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// Returns codes as a quantized tensor: the result of a quantizing node, or
/// other integers.
static Value asQuantized(NodeImporter &node, Value codes,
                         quant::QuantizedType type) {
  if (!codes)
    return {};
  if (quant::QuantizedType has = lowp::getQuantizedType(codes.getType())) {
    if (has == type)
      return codes;
    // The scales differ from those that the codes were written with, so
    // reinterpret the codes.
    codes = node.createTyped<quant::StorageCastOp>(
        lowp::getStorageTensor(codes.getType()), codes);
  } else if (elementOf(codes).isUnsignedInteger()) {
    codes = node.createTyped<tensor::BitcastOp>(
        lowp::withElement(codes.getType(), type.getStorageType()), codes);
  }
  return node.createTyped<quant::StorageCastOp>(
      lowp::withElement(codes.getType(), type), codes);
}

/// Returns the parameter of the codes in the initializer `source`.
static Value readCodes(NodeImporter &node, StringRef name, Binding &source,
                       quant::QuantizedType type, ArrayRef<int64_t> layout) {
  const FileTensor &tensor = *source.constant;
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
      perAxis && !layout.empty())
    type = quant::UniformQuantizedPerAxisType::get(
        type.getFlags(), type.getStorageType(), type.getExpressedType(),
        perAxis.getScales(), perAxis.getZeroPoints(),
        llvm::find(layout, perAxis.getQuantizedDimension()) - layout.begin(),
        type.getStorageTypeMin(), type.getStorageTypeMax());
  if (tensor.size() == 0) {
    (void)node.error("the initializer '" + name + "' is empty");
    return {};
  }
  if (!source.codes) {
    source.layout.assign(layout.begin(), layout.end());
    return source.codes = node.graph.readParameter(
               node.graph.createParameter(name, tensor, layout, type));
  }
  // The codes are one parameter for all nodes that read them, and are trained
  // once.
  if (lowp::getQuantizedType(source.codes.getType()) == type &&
      ArrayRef<int64_t>(source.layout) == layout)
    return source.codes;
  (void)node.unsupported("codes '" + name +
                         "' that nodes read with different scales or axes");
  return {};
}

std::optional<Binding> coppice::onnx_frontend::dequantize(
    NodeImporter &node, int i, quant::QuantizedType type, StringRef layoutOf) {
  StringRef name = node.proto.input(i);
  Binding *source = node.graph.lookup(name);
  if (!type || !source || node.hasFailed())
    return std::nullopt;
  Binding result;
  Value codes;
  if (source->constant && source->isFromFile &&
      source->constant->type.getRank() > 0) {
    RankedTensorType stored = source->constant->type;
    result.layout = node.graph.getStoredLayout(layoutOf, stored.getRank());
    result.fileType =
        RankedTensorType::get(stored.getShape(), type.getExpressedType());
    codes = readCodes(node, name, *source, type, result.layout);
  } else {
    codes = asQuantized(node, node.graph.materialize(name, *source), type);
  }
  if (codes)
    result.value = node.createTyped<lowp::DequantizeOp>(
        lowp::getRealTensor(codes.getType()), codes);
  if (!result.value)
    return std::nullopt;
  return result;
}

//===----------------------------------------------------------------------===//
// Scales that nodes compute
//===----------------------------------------------------------------------===//

static bool isComputed(NodeImporter &node, int i) {
  return node.hasInput(i) && !node.getConstant(i);
}

/// Returns input `i`, a scale or a zero point, as `element`, in a shape that
/// broadcasts along its axis of a tensor of `shape`.
static Value getComputed(NodeImporter &node, int i, Type element,
                         ArrayRef<int64_t> shape) {
  Value value = node.getInput(i);
  if (!value)
    return {};
  if (rankOf(value) > 1 || node.getInt("block_size", 0) != 0) {
    (void)node.unsupported("scales per block");
    return {};
  }
  if (rankOf(value) == 1 && shapeOf(value)[0] != 1) {
    int64_t axis = node.getAxis("axis", 1, shape.size());
    if (node.hasFailed())
      return {};
    SmallVector<int64_t> along(shape.size(), 1);
    along[axis] = shapeOf(value)[0];
    if (along[axis] != shape[axis]) {
      (void)node.error("there are " + Twine(along[axis]) + " scales in '" +
                       node.proto.input(i) + "' for the " + Twine(shape[axis]) +
                       " indices of axis " + Twine(axis) + kScaleCounts);
      return {};
    }
    value = node.reshape(value, along);
  } else {
    value = node.reshape(value, {});
  }
  return castTo(node, value, element);
}

/// round(x / scale) + zero point, saturated, in the precision of `x`, as ONNX
/// defines it. The codes are integers, because their scale is known only at run
/// time.
static LogicalResult quantizeComputed(NodeImporter &node, Value input,
                                      Type element) {
  if (!getStorage(node, element))
    return failure();
  Type real = elementOf(input);
  Value code = roundHalfEven(
      node, node.create<nn::DivOp>(input,
                                   getComputed(node, 1, real, shapeOf(input))));
  if (node.hasInput(2))
    code = node.create<nn::AddOp>(code,
                                  getComputed(node, 2, real, shapeOf(input)));
  return node.setOutput(0, castTo(node, code, element));
}

static LogicalResult dequantizeComputed(NodeImporter &node) {
  Value codes = node.getInput(0);
  if (!codes || !getStorage(node, elementOf(codes)) ||
      failed(checkZeroPointType(node, elementOf(codes), 2)))
    return failure();
  Type real = node.getInputType(1).getElementType();
  if (!isa<FloatType>(real))
    return node.error("the scale '" + node.proto.input(1) +
                      "' is not a float tensor");
  SmallVector<int64_t> shape(shapeOf(codes));
  Value centred = castTo(node, codes, real);
  if (node.hasInput(2))
    centred =
        node.create<nn::SubOp>(centred, getComputed(node, 2, real, shape));
  return node.setOutput(
      0, node.create<nn::MulOp>(centred, getComputed(node, 1, real, shape)));
}

/// Quantizes to uint8 codes for the range of the input and 0.
static LogicalResult importDynamicQuantize(NodeImporter &node) {
  Value input = node.getInput(0);
  if (!input)
    return failure();
  Type real = elementOf(input);
  if (!isa<FloatType>(real))
    return node.unsupported("input that is not a float tensor");
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(0, rankOf(input)));
  Value zero = node.scalar(real, 0.0), steps = node.scalar(real, 255.0);
  auto extreme = [&](nn::ReductionKind kind) {
    return node.create<nn::ReduceOp>(kind, input, ArrayRef<int64_t>(axes),
                                     false);
  };
  Value low = node.create<nn::MinOp>(extreme(nn::ReductionKind::min), zero);
  Value high = node.create<nn::MaxOp>(extreme(nn::ReductionKind::max), zero);
  Value scale =
      node.create<nn::DivOp>(node.create<nn::SubOp>(high, low), steps);
  // For an input of zeros ONNX divides 0 by 0. As in ONNX Runtime, the scale is
  // then 1.
  scale = node.create<nn::WhereOp>(
      node.create<nn::CompareOp>(nn::Comparison::eq, scale, zero),
      node.scalar(real, 1.0), scale);
  Value zeroPoint = roundHalfEven(
      node,
      node.create<nn::MinOp>(
          node.create<nn::SubOp>(zero, node.create<nn::DivOp>(low, scale)),
          steps));
  Value codes = node.create<nn::AddOp>(
      roundHalfEven(node, node.create<nn::DivOp>(input, scale)), zeroPoint);
  Type byte = IntegerType::get(node.b.getContext(), 8, IntegerType::Unsigned);
  if (failed(node.setOutput(0, castTo(node, codes, byte))) ||
      failed(node.setOutput(1, scale)))
    return failure();
  return node.setOutput(2, castTo(node, zeroPoint, byte));
}

//===----------------------------------------------------------------------===//
// QuantizeLinear and DequantizeLinear
//===----------------------------------------------------------------------===//

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
  // Accumulators of 32 bits can only be dequantized.
  if (node.hasInput(2) &&
      (isa<FloatType>(element) || element.getIntOrFloatBitWidth() > 16))
    return node.error("the zero point '" + node.proto.input(2) +
                      "' has element type " + describeType(element) +
                      "; codes are integers of 8 or 16 bits");
  if (isComputed(node, 1) || isComputed(node, 2))
    return quantizeComputed(node, input, element);
  quant::QuantizedType type = readQuantizedType(node, element, shapeOf(input),
                                                {1, 2, node.getInt("axis", 1)});
  if (!type)
    return failure();
  return node.setOutput(0,
                        node.createTyped<lowp::QuantizeOp>(
                            lowp::withElement(input.getType(), type), input));
}

static LogicalResult importDequantize(NodeImporter &node) {
  if (isComputed(node, 1) || isComputed(node, 2))
    return dequantizeComputed(node);
  quant::QuantizedType type = readQuantizedType(node, getCodeType(node, 0),
                                                node.getInputType(0).getShape(),
                                                {1, 2, node.getInt("axis", 1)});
  std::optional<Binding> real =
      node.hasOutput(0) ? dequantize(node, 0, type, node.proto.output(0))
                        : std::nullopt;
  if (!real)
    return failure();
  return node.setOutput(0, std::move(*real));
}

void coppice::onnx_frontend::addQuantizationOps(OpTable &table) {
  table["DequantizeLinear"] = {importDequantize, 2, 3};
  table["DynamicQuantizeLinear"] = {importDynamicQuantize, 1, 1, 3};
  table["QuantizeLinear"] = {importQuantize, 2, 3};
  for (StringRef op : {"DequantizeLinear", "QuantizeLinear"})
    table[op].forwards = true;
  // The same operators in another domain, for types that ONNX lacked.
  for (StringRef op : {"DequantizeLinear", "QuantizeLinear"})
    table[("com.microsoft." + op).str()] = table[op];
}
