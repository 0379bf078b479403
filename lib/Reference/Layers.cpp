//===- Layers.cpp - Quantized layers, computed plainly ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Layers.h"

#include "dialects/LowP/IR/LowP.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Reference/Codes.h"
#include "lib/Reference/FixedPoint.h"
#include "lib/Reference/Ops.h"
#include "lib/Support/UserError.h"

#include <cmath>

using namespace llvm;
using mlir::Operation;
using mlir::Value;

namespace coppice::reference {

using namespace fixedpoint;

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// The roles that a tensor of the caller can have for the layer that reads it.
static constexpr StringLiteral kFloatValue = "quantize";

static ReferenceLayer quantize(const ReferenceTensor &x,
                               mlir::quant::QuantizedType type) {
  ReferenceLayer layer{x.op.empty() ? "requantize" : x.op, x.isKnown, {}, {}};
  if (x.isKnown)
    layer.exact = x.op == kFloatValue ? encodeFloats(x, type) : encode(x, type);
  lowp::Scales scales = lowp::getScales(type);
  for (int64_t i = 0; x.isFixed() && i < x.size(); ++i) {
    int64_t channel = alongAxis(x.shape, scales.axis, i);
    double scale = scales.scales[channel];
    int64_t zero = scales.zeroPoints[channel];
    Multiplier by = quantizeMultiplier(x.scales[i] / scale);
    int64_t code;
    if (x.counts.empty())
      code = multiply(x.sums[i], by) + zero;
    else if (x.scales[i] == scale && x.zeroPoint == zero)
      code = divideRounded(x.sums[i] + x.counts[i] * zero, x.counts[i]);
    else
      code = multiply(x.sums[i], divideMultiplier(by, x.counts[i])) + zero;
    layer.fixed.push_back(std::clamp(code, encode(x.low, scale, zero, type),
                                     encode(x.high, scale, zero, type)));
  }
  return layer;
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

Error LayerReference::run(ArrayRef<ReferenceTensor> inputs, Visitor visit) {
  if (!infer.getBody().hasOneBlock())
    return userError("@infer", "has more than one block");
  DenseMap<Value, ReferenceTensor> values;
  const ReferenceTensor none = unknown();
  for (auto [argument, input] : zip(infer.getArguments(), inputs)) {
    ReferenceTensor &value = values[argument] = input;
    value.op = kFloatValue;
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
      std::optional<std::vector<int64_t>> codes = visit(layer++, should);
      values[result] =
          codes ? decode(shapeOf(result), *codes, type) : unknown();
      continue;
    }
    SmallVector<const ReferenceTensor *> operands;
    for (Value operand : op.getOperands())
      operands.push_back(find(operand));
    // Quantized tensors are held as real values.
    bool isDequantize = isa<lowp::DequantizeOp>(op);
    ReferenceTensor value = unknown();
    if (isDequantize)
      value = *operands.front();
    else if (!operands.empty() &&
             all_of(operands, [](auto *x) { return x->isKnown; }))
      value = evaluate(&op, operands).value_or(unknown());
    bool isConstant = isDequantize && constants.contains(op.getOperand(0));
    (isConstant ? constants : values)[result] = std::move(value);
  }
  return Error::success();
}

} // namespace coppice::reference
