//===- LayerReference.cpp - Quantized layers, computed plainly --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/LayerReference.h"

#include "dialects/LowP/IR/LowP.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Driver/Diagnostics.h"
#include "lib/Driver/FixedPointReference.h"
#include "lib/Driver/ReferenceOps.h"
#include "lib/Support/Elements.h"
#include "lib/Support/UserError.h"

#include <cmath>

using namespace llvm;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;

namespace coppice::driver {

using namespace fixedpoint;
using namespace reference;

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// The index along `axis` of element i.
static int64_t alongAxis(ArrayRef<int64_t> shape, int64_t axis, int64_t i) {
  if (axis < 0)
    return 0;
  for (int64_t extent : shape.drop_front(axis + 1))
    i /= extent;
  return i % shape[axis];
}

static ReferenceTensor dequantize(ArrayRef<int64_t> shape,
                                  ArrayRef<int64_t> codes,
                                  mlir::quant::QuantizedType type) {
  lowp::Scales scales = lowp::getScales(type);
  ReferenceTensor result;
  result.shape.assign(shape.begin(), shape.end());
  for (auto [i, code] : enumerate(codes)) {
    int64_t channel = alongAxis(shape, scales.axis, i);
    result.sums.push_back(code - scales.zeroPoints[channel]);
    result.scales.push_back(scales.scales[channel]);
    result.reals.push_back(static_cast<double>(result.sums.back()) *
                           scales.scales[channel]);
  }
  result.zeroPoint = scales.zeroPoints.front();
  result.bits = type.getStorageTypeIntegralWidth();
  return result;
}

static ReferenceLayer quantize(const ReferenceTensor &x,
                               mlir::quant::QuantizedType type) {
  ReferenceLayer layer{x.op.empty() ? "requantize" : x.op, x.isKnown, {}, {}};
  lowp::Scales scales = lowp::getScales(type);
  for (size_t i = 0; x.isKnown && i < x.reals.size(); ++i) {
    int64_t channel = alongAxis(x.shape, scales.axis, i);
    double scale = scales.scales[channel];
    int64_t zero = scales.zeroPoints[channel];
    int64_t min = type.getStorageTypeMin(), max = type.getStorageTypeMax();
    auto codeOf = [&](double real) {
      // NaN stands for 0.
      double code = std::isnan(real) ? 0 : std::nearbyint(real / scale);
      return static_cast<int64_t>(std::clamp(code + static_cast<double>(zero),
                                             static_cast<double>(min),
                                             static_cast<double>(max)));
    };
    layer.exact.push_back(codeOf(x.reals[i]));
    if (!x.isFixed())
      continue;
    Multiplier by = quantizeMultiplier(x.scales[i] / scale);
    int64_t code;
    if (x.counts.empty())
      code = multiply(x.sums[i], by) + zero;
    else if (x.scales[i] == scale && x.zeroPoint == zero)
      code = divideRounded(x.sums[i] + x.counts[i] * zero, x.counts[i]);
    else
      code = multiply(x.sums[i], divideMultiplier(by, x.counts[i])) + zero;
    layer.fixed.push_back(std::clamp(code, codeOf(x.low), codeOf(x.high)));
  }
  return layer;
}

//===----------------------------------------------------------------------===//
// One op
//===----------------------------------------------------------------------===//

ReferenceTensor reference::unknown() {
  ReferenceTensor result;
  result.isKnown = false;
  return result;
}

static ReferenceTensor evaluate(Operation *op, Operands operands) {
  if (operands.empty() ||
      any_of(operands, [](const ReferenceTensor *x) { return !x->isKnown; }))
    return unknown();
  for (auto family : {evaluateMovement, evaluateContraction,
                      evaluateElementwise, evaluateReduction, evaluateResize})
    if (std::optional<ReferenceTensor> result = family(op, operands))
      return std::move(*result);
  return unknown();
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// The codes of a parameter or a constant, or the elements of a float one.
static ReferenceTensor readConstant(mlir::ElementsAttr elements,
                                    mlir::Type type) {
  auto tensor = cast<RankedTensorType>(type);
  if (auto quantized = lowp::getQuantizedType(type)) {
    if (auto codes = readIntegers(elements, quantized.isSigned()))
      return dequantize(tensor.getShape(), *codes, quantized);
    return unknown();
  }
  std::optional<std::vector<double>> reals = readReals(elements);
  if (auto dense = dyn_cast<mlir::DenseIntElementsAttr>(elements);
      dense && tensor.getElementType().isInteger(1)) {
    reals.emplace();
    for (bool value : dense.getValues<bool>())
      reals->push_back(value);
  } else if (!reals) {
    if (auto integers = readIntegers(elements))
      reals.emplace(integers->begin(), integers->end());
  }
  if (!reals)
    return unknown();
  ReferenceTensor result;
  result.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  result.reals = std::move(*reals);
  return result;
}

Error LayerReference::run(
    ArrayRef<const HostTensor *> inputs,
    function_ref<const HostTensor *(size_t, const ReferenceLayer &)> visit) {
  if (!infer.getBody().hasOneBlock())
    return userError("@infer", "has more than one block");
  DenseMap<Value, ReferenceTensor> values;
  const ReferenceTensor none = unknown();
  for (auto [argument, input] : zip(infer.getArguments(), inputs)) {
    ReferenceTensor &value = values[argument];
    value.shape.assign(input->getShape().begin(), input->getShape().end());
    value.op = "quantize";
    for (int64_t i = 0; i < input->size(); ++i)
      value.reals.push_back(input->getAsDouble(i));
  }
  auto find = [&](Value value) -> const ReferenceTensor * {
    if (auto it = constants.find(value); it != constants.end())
      return &it->second;
    auto it = values.find(value);
    return it == values.end() ? &none : &it->second;
  };
  size_t layer = 0;
  for (Operation &op : infer.getBody().front().without_terminator()) {
    if (op.getNumResults() == 0)
      continue;
    Value result = op.getResult(0);
    if (constants.contains(result))
      continue;
    mlir::ElementsAttr elements;
    if (auto read = dyn_cast<train::ReadOp>(op)) {
      auto parameter =
          mlir::SymbolTable::lookupNearestSymbolFrom<train::ParameterOp>(
              read, read.getParameterAttr());
      elements = parameter ? parameter.getValue() : mlir::ElementsAttr();
    } else if (auto constant = dyn_cast<mlir::arith::ConstantOp>(op)) {
      elements = dyn_cast<mlir::ElementsAttr>(constant.getValue());
    }
    if (elements) {
      constants[result] = readConstant(elements, result.getType());
      continue;
    }
    if (auto quantizeOp = dyn_cast<lowp::QuantizeOp>(op)) {
      auto type = lowp::getQuantizedType(result.getType());
      ReferenceLayer should = quantize(*find(quantizeOp.getInput()), type);
      const HostTensor *codes = visit(layer++, should);
      std::vector<int64_t> integers;
      for (int64_t i = 0; codes && i < codes->size(); ++i)
        integers.push_back(codes->getAsInteger(i));
      values[result] =
          codes ? dequantize(shapeOf(result), integers, type) : unknown();
      continue;
    }
    SmallVector<const ReferenceTensor *> operands;
    for (Value operand : op.getOperands())
      operands.push_back(find(operand));
    // Codes are held as what they stand for.
    bool isDequantize = isa<lowp::DequantizeOp>(op);
    ReferenceTensor value =
        isDequantize ? *operands[0] : evaluate(&op, operands);
    bool isConstant = isDequantize && constants.contains(op.getOperand(0));
    (isConstant ? constants : values)[result] = std::move(value);
  }
  return Error::success();
}

} // namespace coppice::driver
