//===- ScaledNorm.cpp - Layer norms with scale and shift --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/ScaledNorm.h"

#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "lib/Support/Elements.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace coppice;
using namespace coppice::lowp;

/// Returns the parameter or constant that `value` holds, dequantized or not;
/// null for any other value.
static ElementsAttr getElements(Value value, ScaledNorm::IsFrozen isFrozen,
                                std::string &why) {
  if (auto read = value.getDefiningOp<train::ReadOp>()) {
    auto parameter = SymbolTable::lookupNearestSymbolFrom<train::ParameterOp>(
        read, read.getParameterAttr());
    if (!parameter)
      return {};
    if (isFrozen(read))
      return parameter.getValue();
    why = "its scale or shift may be trained, and integers can replace frozen "
          "values only";
    return {};
  }
  if (auto cast = value.getDefiningOp<quant::StorageCastOp>())
    value = cast.getInput();
  ElementsAttr elements;
  matchPattern(value, m_Constant(&elements));
  return elements;
}

/// Returns the numbers that `value` holds for the `count` indices of the last
/// axis.
static std::vector<double> readAlongLastAxis(Value value, int64_t count,
                                             ScaledNorm::IsFrozen isFrozen,
                                             std::string &why) {
  auto type = cast<RankedTensorType>(value.getType());
  bool isOne = type.getNumElements() == 1;
  if (!isOne &&
      (type.getNumElements() != count || type.getShape().back() != count)) {
    why = "its scale or shift is not along the last axis";
    return {};
  }
  auto dequantize = value.getDefiningOp<DequantizeOp>();
  ElementsAttr elements = getElements(
      dequantize ? Value(dequantize.getInput()) : value, isFrozen, why);
  if (!elements)
    return {};
  std::optional<std::vector<double>> numbers =
      dequantize ? readCodes(elements, dequantize.getInput().getType(),
                             /*scaled=*/true)
                 : readReals(elements);
  if (!numbers ||
      llvm::any_of(*numbers, [](double x) { return !std::isfinite(x); })) {
    why = "its scale or shift is missing or not finite";
    return {};
  }
  if (isOne)
    numbers->assign(count, numbers->front());
  return *numbers;
}

/// Whether `value` is normalized, and scaled perhaps.
static bool isNormalized(Value value) {
  if (auto scaled = value.getDefiningOp<nn::MulOp>())
    return scaled.getLhs().getDefiningOp<nn::NormalizeOp>() ||
           scaled.getRhs().getDefiningOp<nn::NormalizeOp>();
  return bool(value.getDefiningOp<nn::NormalizeOp>());
}

/// The operand of `op` that is normalized for it alone, and the other one.
static std::pair<Value, Value> split(Operation *op) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (isNormalized(operand.get()) && operand.get().hasOneUse() &&
        operand.get().getType() == op->getResult(0).getType())
      return {operand.get(), op->getOperand(1 - operand.getOperandNumber())};
  }
  return {};
}

std::optional<ScaledNorm> ScaledNorm::find(QuantizeOp end, IsFrozen isFrozen,
                                           std::string &why) {
  ScaledNorm result;
  result.end = end;
  Value value = end.getInput(), gamma, beta;
  auto take = [&](auto op, Value &number) {
    if (!op || !value.hasOneUse())
      return;
    auto [inner, other] = split(op);
    if (!inner)
      return;
    result.ops.insert(result.ops.begin(), op);
    value = inner;
    number = other;
  };
  take(value.getDefiningOp<nn::AddOp>(), beta);
  take(value.getDefiningOp<nn::MulOp>(), gamma);
  result.norm = value.getDefiningOp<nn::NormalizeOp>();
  if (!result.norm || result.ops.empty() || !value.hasOneUse())
    return std::nullopt;
  result.ops.insert(result.ops.begin(), result.norm);
  auto dequantize = result.norm.getInput().getDefiningOp<DequantizeOp>();
  if (!dequantize) {
    why = "its operand is not quantized";
    return std::nullopt;
  }
  result.codes = dequantize.getInput();
  auto type = cast<RankedTensorType>(result.codes.getType());
  int64_t last = type.getRank() - 1;
  if (result.norm.getAxes() != ArrayRef<int64_t>{last})
    why = "it is scaled or shifted, and not normalized over the last axis "
          "alone";
  else if (!result.norm.getMean().use_empty() ||
           !result.norm.getVariance().use_empty())
    why = "its mean or variance is read";
  else if (!(result.norm.getEpsilon().convertToDouble() > 0))
    why = "its epsilon is 0, so that equal numbers have no norm";
  else if (!isa<quant::UniformQuantizedType>(
               getQuantizedType(end.getResult().getType())))
    why = "its result has one scale per channel";
  if (!why.empty())
    return std::nullopt;
  int64_t count = type.getDimSize(last);
  result.gamma.assign(count, 1);
  result.beta.assign(count, 0);
  for (auto [number, numbers] :
       {std::pair(gamma, &result.gamma), std::pair(beta, &result.beta)}) {
    if (!number)
      continue;
    *numbers = readAlongLastAxis(number, count, isFrozen, why);
    if (numbers->empty()) {
      if (why.empty())
        why = "its scale or shift is neither a constant nor a parameter";
      return std::nullopt;
    }
  }
  why = whyNotLayerNorm(type, getQuantizedType(end.getResult().getType()),
                        result.gamma, result.beta);
  if (!why.empty())
    return std::nullopt;
  return result;
}
