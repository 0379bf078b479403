//===- RealArithmetic.cpp - Layers between two conversions ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"

using namespace mlir;
using namespace coppice;

bool coppice::hasCodes(Operation *op) {
  return llvm::any_of(op->getOperandTypes(), lowp::isQuantizedTensor) ||
         llvm::any_of(op->getResultTypes(), lowp::isQuantizedTensor);
}

/// Whether the scales along an axis of the operands are those of the result,
/// index by index: then codes may move as they are.
static bool movesChannels(Operation *op) {
  quant::QuantizedType to = lowp::getQuantizedType(op->getResult(0).getType());
  int64_t axis = lowp::getScales(to).axis;
  auto concat = dyn_cast<nn::ConcatOp>(op);
  if (concat && int64_t(concat.getAxis()) == axis) {
    lowp::Scales joined;
    for (Type type : op->getOperandTypes()) {
      lowp::Scales part = lowp::getScales(lowp::getQuantizedType(type));
      if (part.axis != axis)
        return false;
      llvm::append_range(joined.scales, part.scales);
      llvm::append_range(joined.zeroPoints, part.zeroPoints);
    }
    lowp::Scales whole = lowp::getScales(to);
    return joined.scales == whole.scales &&
           joined.zeroPoints == whole.zeroPoints;
  }
  if (!llvm::all_of(op->getOperandTypes(), [&](Type type) {
        quant::QuantizedType from = lowp::getQuantizedType(type);
        return !from || from == to;
      }))
    return false;
  if (concat)
    return true;
  if (auto gather = dyn_cast<nn::GatherOp>(op))
    return int64_t(gather.getAxis()) > axis;
  if (auto slice = dyn_cast<nn::SliceOp>(op))
    return slice.getStarts()[axis] == 0 && slice.getStrides()[axis] == 1;
  return false;
}

StringRef coppice::whyNotOnCodes(Operation *op) {
  if (!hasCodes(op))
    return "no layer on codes";
  if (auto reduce = dyn_cast<nn::ReduceOp>(op);
      reduce && reduce.getKind() != nn::ReductionKind::max &&
      reduce.getKind() != nn::ReductionKind::min)
    return "computes more than a comparison";
  if (auto resize = dyn_cast<nn::ResizeOp>(op);
      resize && resize.getMode() != nn::ResizeMode::nearest)
    return "computes more than a move";
  auto isUniform = [](Type type) {
    auto quantized = lowp::getQuantizedType(type);
    return !quantized || isa<quant::UniformQuantizedType>(quantized);
  };
  if (!lowp::isQuantizedTensor(op->getResult(0).getType()) ||
      !lowp::isQuantizedTensor(op->getOperand(0).getType()))
    return "joins codes and numbers";
  if (llvm::all_of(op->getOperandTypes(), isUniform) &&
      llvm::all_of(op->getResultTypes(), isUniform))
    return "";
  return movesChannels(op) ? "" : "scales move with the elements";
}

namespace {
/// Any layer: what its codes mean, in double precision, through the op, and
/// back to codes. The conversions fuse with what surrounds them.
struct RealArithmetic : ConversionPattern {
  RealArithmetic(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/0,
                          context) {}
  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value>,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isa<nn::NNDialect>(op->getDialect()) || !hasCodes(op))
      return rewriter.notifyMatchFailure(op, "no layer on codes");
    Location loc = op->getLoc();
    Type f64 = rewriter.getF64Type();
    auto isReal = [](Type type) {
      return isa<FloatType>(getElementTypeOrSelf(type)) ||
             lowp::isQuantizedTensor(type);
    };
    IRMapping mapping;
    for (Value operand : op->getOperands()) {
      Type type = operand.getType();
      if (!isReal(type) || getElementTypeOrSelf(type).isF64())
        continue;
      RankedTensorType real = lowp::withElement(type, f64);
      if (lowp::isQuantizedTensor(type))
        mapping.map(operand,
                    lowp::DequantizeOp::create(rewriter, loc, real, operand)
                        .getResult());
      else
        mapping.map(
            operand,
            nn::CastOp::create(rewriter, loc, real, operand).getResult());
    }
    Operation *real = op->clone(mapping);
    for (OpResult result : real->getResults())
      if (isReal(result.getType()))
        result.setType(lowp::withElement(result.getType(), f64));
    rewriter.insert(real);
    SmallVector<Value> results;
    for (auto [value, type] :
         llvm::zip(real->getResults(), op->getResultTypes())) {
      if (lowp::isQuantizedTensor(type))
        results.push_back(lowp::QuantizeOp::create(rewriter, loc, type, value));
      else if (value.getType() != type)
        results.push_back(nn::CastOp::create(rewriter, loc, type, value));
      else
        results.push_back(value);
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};
} // namespace

void coppice::populateRealArithmeticLowering(RewritePatternSet &patterns,
                                             const TypeConverter &converter) {
  patterns.add<RealArithmetic>(converter, patterns.getContext());
}
