//===- RelaxRounding.cpp - Quantized graphs without rounding ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/Names.h"
#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Analysis/QuantizedLayers.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Support/Elements.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace coppice::lowp {
#define GEN_PASS_DEF_LOWPRELAXROUNDING
#include "dialects/LowP/Transforms/Passes.h.inc"

namespace {
struct RelaxRounding : impl::LowPRelaxRoundingBase<RelaxRounding> {
  using LowPRelaxRoundingBase::LowPRelaxRoundingBase;

  void runOnOperation() override {
    for (auto parameter : getOperation().getOps<train::ParameterOp>())
      if (failed(relax(parameter)))
        return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (Block &block : function.getBody())
        if (failed(relax(block)))
          return signalPassFailure();
  }

private:
  static LogicalResult relax(train::ParameterOp parameter);
  static LogicalResult relax(Block &block);
  /// Clamps `value` to the real values of codes of `type`.
  static LogicalResult clamp(Value value, quant::QuantizedType type);
};
} // namespace

LogicalResult RelaxRounding::relax(train::ParameterOp parameter) {
  RankedTensorType type = parameter.getValueType();
  if (!isQuantizedTensor(type))
    return success();
  std::optional<std::vector<double>> values =
      readCodes(parameter.getValue(), type, /*scaled=*/true);
  if (!values)
    return parameter.emitError("its codes are missing");
  auto real = cast<RankedTensorType>(getRealTensor(type));
  parameter.setType(real);
  parameter.setValueAttr(makeReals(real, *values, parameter.getSymName()));
  parameter.removeQuantizedAttr();
  return success();
}

LogicalResult RelaxRounding::clamp(Value value, quant::QuantizedType type) {
  Scales scales = getScales(type);
  if (scales.axis >= 0)
    return emitError(value.getLoc(), "clamps to another range per channel, "
                                     "which no op on real values does");
  auto bound = [&](int64_t code) {
    return llvm::APFloat(static_cast<double>(code - scales.zeroPoints[0]) *
                         scales.scales[0]);
  };
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  auto clip = nn::ClipOp::create(builder, value.getLoc(), value,
                                 bound(type.getStorageTypeMin()),
                                 bound(type.getStorageTypeMax()));
  clip->setAttr(kClampedAttr, TypeAttr::get(type));
  value.replaceAllUsesExcept(clip.getResult(), clip);
  return success();
}

LogicalResult RelaxRounding::relax(Block &block) {
  for (BlockArgument argument : block.getArguments())
    if (isQuantizedTensor(argument.getType()))
      return emitError(argument.getLoc(), "codes at a function's interface "
                                          "have no slope");
  // Find the ops that clamp before the types change, because the types show it.
  SmallVector<std::pair<Value, quant::QuantizedType>> clamps;
  for (Operation &op : block) {
    if (isa<quant::StorageCastOp, ClampOp>(op) ||
        (isa<train::WriteOp>(op) &&
         isQuantizedTensor(op.getOperand(0).getType())))
      return op.emitError("works on codes, so the graph has no "
                          "form without rounding");
    if (train::mayClamp(op))
      clamps.emplace_back(op.getResult(0),
                          getQuantizedType(op.getResult(0).getType()));
  }
  for (Operation &op : block)
    for (Value result : op.getResults())
      result.setType(getRealTensor(result.getType()));
  for (auto [value, type] : clamps)
    if (failed(clamp(value, type)))
      return failure();
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto fake = dyn_cast<FakeQuantizeOp>(op)) {
      fake.setRelaxed(true);
      // A gradient scale scales the training of the scale, not the derivative;
      // 0 means that there is no derivative.
      if (fake.getGradientScale().isNonZero())
        fake.setGradientScale(llvm::APFloat(1.0));
    }
    if (!isConversion(&op))
      continue;
    Value input = op.getOperand(0), result = op.getResult(0);
    if (input.getType() != result.getType()) {
      OpBuilder builder(&op);
      input = nn::CastOp::create(builder, op.getLoc(), result.getType(), input);
    }
    result.replaceAllUsesWith(input);
    op.erase();
  }
  auto function = dyn_cast<func::FuncOp>(block.getParentOp());
  if (function)
    function.setType(FunctionType::get(
        block.getParent()->getContext(), block.getArgumentTypes(),
        block.getTerminator()->getOperandTypes()));
  return success();
}
} // namespace coppice::lowp
