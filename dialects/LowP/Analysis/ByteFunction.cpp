//===- ByteFunction.cpp - Elementwise functions of one byte -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/ByteFunction.h"

#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace coppice;
using namespace coppice::lowp;

/// Returns the float that a constant holds; nullopt for any other value.
static std::optional<double> getSplatReal(Value value) {
  DenseElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || !elements.isSplat() ||
      !isa<FloatType>(elements.getElementType()))
    return std::nullopt;
  return elements.getSplatValue<APFloat>().convertToDouble();
}

/// Adds `value` and the ops that it is computed by to `function`. False if it
/// depends on more than one tensor of bytes and constants.
static bool collect(Value value, ArrayRef<int64_t> shape,
                    ByteFunction &function) {
  // No activation is a longer chain of ops.
  constexpr size_t limit = 64;
  if (getSplatReal(value))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || function.ops.size() > limit ||
      cast<RankedTensorType>(value.getType()).getShape() != shape)
    return false;
  if (function.ops.contains(op))
    return true;
  if (auto dequantize = dyn_cast<DequantizeOp>(op)) {
    auto type = dyn_cast<quant::UniformQuantizedType>(
        getQuantizedType(dequantize.getInput().getType()));
    if (!type || type.getStorageTypeIntegralWidth() != 8 ||
        (function.codes && function.codes != dequantize.getInput()))
      return false;
    function.codes = dequantize.getInput();
  } else if (!isa<nn::ElementwiseOpInterface>(op) || isa<nn::CastOp>(op) ||
             op->getNumResults() != 1 ||
             !llvm::all_of(op->getOperands(), [&](Value operand) {
               return collect(operand, shape, function);
             })) {
    return false;
  }
  function.ops.insert(op);
  return true;
}

std::optional<ByteFunction> ByteFunction::find(QuantizeOp end) {
  ByteFunction function;
  function.end = end;
  if (!isa<quant::UniformQuantizedType>(
          getQuantizedType(end.getResult().getType())) ||
      !collect(end.getInput(), end.getInput().getType().getShape(), function) ||
      !function.codes || function.ops.size() < 2)
    return std::nullopt;
  return function;
}

DenseElementsAttr ByteFunction::tabulate() {
  Block block;
  OpBuilder builder(end.getContext());
  builder.setInsertionPointToEnd(&block);
  Type f64 = builder.getF64Type();
  Value byte = block.addArgument(f64, end.getLoc());
  DenseMap<Value, Value> scalars;
  for (Operation *op : ops) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(
          scalars.contains(operand) ? scalars[operand]
          : getSplatReal(operand)
              ? arith::ConstantOp::create(
                    builder, op->getLoc(),
                    builder.getF64FloatAttr(*getSplatReal(operand)))
                    .getResult()
              : Value());
    Value result = byte;
    if (auto elementwise = dyn_cast<nn::ElementwiseOpInterface>(op))
      result = elementwise.buildScalar(builder, op->getLoc(), operands);
    if (!result)
      return {};
    scalars[op->getResult(0)] = result;
  }
  Value result = scalars.lookup(end.getInput());
  auto from =
      cast<quant::UniformQuantizedType>(getQuantizedType(codes.getType()));
  auto to = cast<quant::UniformQuantizedType>(
      getQuantizedType(end.getResult().getType()));
  auto storage = builder.getIntegerType(to.getStorageTypeIntegralWidth());
  SmallVector<Attribute> table;
  for (int bits = 0; bits < 256; ++bits) {
    int code = from.isSigned() ? static_cast<int8_t>(bits) : bits;
    double real =
        static_cast<double>(code - from.getZeroPoint()) * from.getScale();
    auto value = dyn_cast_or_null<FloatAttr>(
        nn::foldScalars(block, result, builder.getF64FloatAttr(real)));
    if (!value)
      return {};
    double quotient = value.getValueAsDouble() / to.getScale();
    double rounded = std::isnan(quotient) ? 0 : std::nearbyint(quotient);
    auto zero = static_cast<double>(to.getZeroPoint());
    auto integer = static_cast<int64_t>(
        std::clamp(rounded + zero, static_cast<double>(to.getStorageTypeMin()),
                   static_cast<double>(to.getStorageTypeMax())));
    table.push_back(IntegerAttr::get(
        storage, APInt(64, static_cast<uint64_t>(integer), /*isSigned=*/true)
                     .trunc(storage.getWidth())));
  }
  return DenseElementsAttr::get(RankedTensorType::get({256}, storage), table);
}
