//===- QuantizedOperators.cpp - Operators on codes --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// ONNX's QOperator format. A node that computes on codes is imported as the
// operator of the same name on real values, between conversions; the quant
// phase makes one integer layer of them again. The operators of com.microsoft
// are what ONNX Runtime's quantizer writes:
// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/IR/LowP.h"
#include "python-free-frontends/ONNX/Quantization.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

//===----------------------------------------------------------------------===//
// Operands and results
//===----------------------------------------------------------------------===//

/// Returns the quantized type of input `i`; null after a report.
static quant::QuantizedType getType(NodeImporter &node, int i,
                                    ScaleInputs inputs) {
  return readQuantizedType(node, getCodeType(node, i),
                           node.getInputType(i).getShape(), inputs);
}

static std::optional<Binding> getReal(NodeImporter &node, int i,
                                      quant::QuantizedType type) {
  return dequantize(node, i, type, node.proto.input(i));
}

/// Binds output 0 to the codes of `real`. Without a zero point the codes have
/// the type of input 0's.
static LogicalResult setCodes(NodeImporter &node, Value real,
                              ScaleInputs inputs) {
  if (!real)
    return failure();
  Type element = node.hasInput(inputs.zeroPoint)
                     ? node.getInputType(inputs.zeroPoint).getElementType()
                     : getCodeType(node, 0);
  quant::QuantizedType type =
      readQuantizedType(node, element, shapeOf(real), inputs);
  if (!type)
    return failure();
  return node.setOutput(0, node.createTyped<lowp::QuantizeOp>(
                               lowp::withElement(real.getType(), type), real));
}

/// Returns the bias at input `i`: i32 codes whose scale is exactly the product
/// of the scales of the two factors, so that the integers can be added.
static std::optional<Binding> getBias(NodeImporter &node, int i,
                                      quant::QuantizedType input,
                                      quant::QuantizedType weight,
                                      double factor = 1.0) {
  if (!node.getInputType(i).getElementType().isSignlessInteger(32)) {
    (void)node.error("the bias '" + node.proto.input(i) +
                     "' has other codes than int32");
    return std::nullopt;
  }
  lowp::Scales scales = lowp::getScales(weight);
  for (double &scale : scales.scales)
    scale *= factor * lowp::getScales(input).scales.front();
  Type code = node.b.getI32Type(), real = weight.getExpressedType();
  unsigned flags = quant::QuantizationFlags::Signed;
  int64_t min = llvm::minIntN(32), max = llvm::maxIntN(32);
  RankedTensorType shape = node.getInputType(i);
  quant::QuantizedType type;
  if (scales.axis < 0) {
    type = quant::UniformQuantizedType::get(flags, code, real,
                                            scales.scales.front(), 0, min, max);
  } else {
    int64_t axis = shape.getRank() - 1;
    if (axis < 0 || shape.getDimSize(axis) != int64_t(scales.scales.size())) {
      (void)node.error("the bias '" + node.proto.input(i) +
                       "' has not one element for each of the " +
                       Twine(scales.scales.size()) + " output channels");
      return std::nullopt;
    }
    SmallVector<int64_t> zeros(scales.scales.size(), 0);
    type = quant::UniformQuantizedPerAxisType::get(
        flags, code, real, scales.scales, zeros, axis, min, max);
  }
  return getReal(node, i, type);
}

/// Checks that the input of a layer has one scale, because the layer sums over
/// channels.
static bool hasOneScale(NodeImporter &node, int i, quant::QuantizedType type) {
  if (!type)
    return false;
  if (lowp::getScales(type).axis >= 0)
    (void)node.error("the input '" + node.proto.input(i) +
                     "' has several scales, and a layer sums along them");
  return !node.hasFailed();
}

//===----------------------------------------------------------------------===//
// Layers with weights
//===----------------------------------------------------------------------===//

static LogicalResult importConv(NodeImporter &node) {
  quant::QuantizedType x = getType(node, 0, {1, 2});
  quant::QuantizedType w = getType(node, 3, {4, 5, /*axis=*/0});
  if (!hasOneScale(node, 0, x) || !w)
    return failure();
  std::optional<Binding> inputs[] = {getReal(node, 0, x), getReal(node, 3, w),
                                     std::nullopt};
  if (node.hasInput(8)) {
    inputs[2] = getBias(node, 8, x, w);
    if (!inputs[2])
      return failure();
  }
  return setCodes(node, node.importAs("Conv", inputs), {6, 7});
}

/// Scales may lie along the rows of the left factor and the columns of the
/// right one.
static LogicalResult importMatMul(NodeImporter &node) {
  auto rank = [&](int i) { return node.getInputType(i).getRank(); };
  quant::QuantizedType a =
      getType(node, 0, {1, 2, std::max<int64_t>(rank(0) - 2, 0)});
  quant::QuantizedType b = getType(node, 3, {4, 5, rank(3) - 1});
  std::optional<Binding> inputs[] = {getReal(node, 0, a), getReal(node, 3, b)};
  Value result = node.importAs("MatMul", inputs);
  return setCodes(node, result, {6, 7, result ? rankOf(result) - 2 : 0});
}

/// Without an output scale, the result is float.
static LogicalResult importGemm(NodeImporter &node) {
  if (!node.hasInput(3))
    return node.error("input 3 is missing");
  quant::QuantizedType a = getType(node, 0, {1, 2});
  quant::QuantizedType b =
      getType(node, 3, {4, 5, node.getInt("transB", 0) ? 0 : 1});
  if (!hasOneScale(node, 0, a) || !b)
    return failure();
  std::optional<Binding> inputs[] = {getReal(node, 0, a), getReal(node, 3, b),
                                     std::nullopt};
  if (node.hasInput(6)) {
    inputs[2] = getBias(node, 6, a, b, node.getFloat("alpha", 1.0));
    if (!inputs[2])
      return failure();
  }
  Value result = node.importAs("Gemm", inputs);
  return node.hasInput(7) ? setCodes(node, result, {7, 8})
                          : node.setOutput(0, result);
}

//===----------------------------------------------------------------------===//
// Sums of integers
//===----------------------------------------------------------------------===//

/// Returns input `i` minus its zero point at input `zero`, as i32. There may be
/// one zero point per index of `axis`: for each row, column or output channel.
static std::optional<Binding> getCentred(NodeImporter &node, int i, int zero,
                                         int64_t axis) {
  Value codes = node.getInput(i);
  Type i32 = node.b.getI32Type();
  Value centred = castTo(node, codes, i32);
  if (node.hasInput(zero)) {
    if (node.getInputType(zero).getElementType() !=
        node.getInputType(i).getElementType()) {
      (void)node.error("the zero point '" + node.proto.input(zero) +
                       "' has another element type than '" +
                       node.proto.input(i) + "'");
      return std::nullopt;
    }
    Value point = castTo(node, node.getInput(zero), i32);
    if (!centred || !point)
      return std::nullopt;
    if (rankOf(point) == 1 && shapeOf(point)[0] != 1) {
      SmallVector<int64_t> along(rankOf(centred), 1);
      if (axis < 0 || axis >= rankOf(centred) ||
          shapeOf(centred)[axis] != shapeOf(point)[0]) {
        (void)node.error("there are " + Twine(shapeOf(point)[0]) +
                         " zero points in '" + node.proto.input(zero) +
                         "', neither one nor one for each row, column or "
                         "output channel of '" +
                         node.proto.input(i) + "'");
        return std::nullopt;
      }
      along[axis] = shapeOf(point)[0];
      point = node.reshape(point, along);
    } else if (rankOf(point) == 1) {
      point = node.reshape(point, {});
    }
    centred = node.create<nn::SubOp>(centred, point);
  }
  if (!centred)
    return std::nullopt;
  Binding binding;
  binding.value = centred;
  return binding;
}

static LogicalResult importConvInteger(NodeImporter &node) {
  std::optional<Binding> inputs[] = {getCentred(node, 0, 2, -1),
                                     getCentred(node, 1, 3, 0), std::nullopt};
  return node.setOutput(0, node.importAs("Conv", inputs));
}

static LogicalResult importMatMulInteger(NodeImporter &node) {
  std::optional<Binding> inputs[] = {
      getCentred(node, 0, 2, node.getInputType(0).getRank() - 2),
      getCentred(node, 1, 3, node.getInputType(1).getRank() - 1)};
  return node.setOutput(0, node.importAs("MatMul", inputs));
}

//===----------------------------------------------------------------------===//
// Other layers
//===----------------------------------------------------------------------===//

/// Returns the operator behind the prefix, as in `QLinearAdd`.
static StringRef getOperator(NodeImporter &node) {
  StringRef type = node.proto.op_type();
  type.consume_front("QLinear");
  return type;
}

static LogicalResult importUnary(NodeImporter &node) {
  if (node.getInt("channels_last", 0) != 0)
    return node.unsupported("channels_last");
  std::optional<Binding> inputs[] = {
      getReal(node, 0, getType(node, 0, {1, 2}))};
  return setCodes(node, node.importAs(getOperator(node), inputs), {3, 4});
}

static LogicalResult importBinary(NodeImporter &node) {
  if (!node.hasInput(3))
    return node.error("input 3 is missing");
  std::optional<Binding> inputs[] = {
      getReal(node, 0, getType(node, 0, {1, 2})),
      getReal(node, 3, getType(node, 3, {4, 5}))};
  return setCodes(node, node.importAs(getOperator(node), inputs), {6, 7});
}

/// The result's scale comes first, then each operand with its scale.
static LogicalResult importConcat(NodeImporter &node) {
  SmallVector<std::optional<Binding>> inputs;
  for (int i = 2; i < node.getNumInputs(); i += 3) {
    if (!node.hasInput(i))
      return node.error("input " + Twine(i) + " is missing");
    inputs.push_back(getReal(node, i, getType(node, i, {i + 1, i + 2})));
  }
  return setCodes(node, node.importAs("Concat", inputs), {0, 1});
}

/// An attribute names the operator set that the operator follows.
static LogicalResult importSoftmax(NodeImporter &node) {
  int64_t model = node.graph.getOpset(""),
          version = node.getInt("opset", model);
  if ((version < 13) != (model < 13))
    return node.unsupported("opset " + Twine(version) +
                            " in a model of opset " + Twine(model));
  return importUnary(node);
}

void coppice::onnx_frontend::addQuantizedOperators(OpTable &table) {
  Codes codes = Codes::asQuantized;
  table["ConvInteger"] = {importConvInteger, 2, 4};
  table["MatMulInteger"] = {importMatMulInteger, 2, 4};
  table["QLinearConv"] = {importConv, 8, 9, 1, codes};
  table["QLinearMatMul"] = {importMatMul, 8, 8, 1, codes};
  using Role = OperandRole;
  table["QLinearConv"].convolutionWeight = 3;
  table["QLinearConv"].roles = {Role::none, Role::none, Role::none,
                                Role::weight};
  table["QLinearMatMul"].roles = {Role::weight, Role::none, Role::none,
                                  Role::weight};
  auto add = [&](StringRef name, ImportFn import, int least, int most) {
    table[("com.microsoft." + name).str()] = {import, least, most, 1, codes};
  };
  // Zero points may be absent, scales may not.
  add("QGemm", importGemm, 2, 9);
  for (StringRef name : {"QLinearAdd", "QLinearMul"})
    add(name, importBinary, 2, 8);
  for (StringRef name :
       {"QLinearAveragePool", "QLinearGlobalAveragePool", "QLinearLeakyRelu",
        "QLinearReduceMean", "QLinearSigmoid"})
    add(name, importUnary, 2, 5);
  add("QLinearConcat", importConcat, 3, kVariadic);
  add("QLinearSoftmax", importSoftmax, 2, 5);
}
