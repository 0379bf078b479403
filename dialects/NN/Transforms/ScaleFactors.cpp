//===- ScaleFactors.cpp - Moves scales to the float factor ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/CodeFactor.h"
#include "dialects/NN/IR/Geometry.h"
#include "dialects/NN/Transforms/Passes.h"
#include "lib/Support/Greedy.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice::nn {
#define GEN_PASS_DEF_NNSCALEFACTORS
#include "dialects/NN/Transforms/Passes.h.inc"
} // namespace coppice::nn

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

/// Gives `codes` one scale of 1: they then stand for the integers that are
/// summed.
static Value dropScales(OpBuilder &b, Location loc, Value codes,
                        int64_t zeroPoint) {
  quant::QuantizedType from = lowp::getQuantizedType(codes.getType());
  auto to = quant::UniformQuantizedType::get(
      from.getFlags(), from.getStorageType(), from.getExpressedType(), 1.0,
      zeroPoint, from.getStorageTypeMin(), from.getStorageTypeMax());
  Value stored = quant::StorageCastOp::create(
      b, loc, lowp::getStorageTensor(codes.getType()), codes);
  return quant::StorageCastOp::create(
      b, loc, lowp::withElement(codes.getType(), to), stored);
}

/// Multiplies `value` by one number for each index along `axis`.
static Value scale(OpBuilder &b, Location loc, Value value,
                   ArrayRef<double> scales, int64_t axis, Type element) {
  if (getElementTypeOrSelf(value.getType()) != element)
    value = CastOp::create(b, loc, lowp::withElement(value.getType(), element),
                           value);
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape[axis] = static_cast<int64_t>(scales.size());
  SmallVector<Attribute> numbers;
  for (double number : scales)
    numbers.push_back(FloatAttr::get(element, number));
  Value factors = arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(RankedTensorType::get(shape, element), numbers));
  return MulOp::create(b, loc, value, factors);
}

namespace {
template <typename OpT> struct ScaleOther : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    if (!isa<FloatType>(type.getElementType()) || op->getNumOperands() != 2)
      return rewriter.notifyMatchFailure(
          op, "not a product of two operands with a float result");
    std::optional<CodeFactor> factor;
    for (unsigned operand = 0; operand < 2 && !factor; ++operand)
      if (quant::QuantizedType codes =
              lowp::getQuantizedType(op->getOperand(operand).getType()))
        factor = getCodeFactor(op, operand, codes);
    if (!factor || !factor->scalesOther)
      return rewriter.notifyMatchFailure(
          op, "no codes with scales along what is summed");
    // A scaled product is computed in the type of sums, because a narrower type
    // may not hold it.
    Type element = getAccumulatorType(type.getElementType());
    Location loc = op.getLoc();
    Value codes = op->getOperand(factor->operand),
          other = op->getOperand(1 - factor->operand);
    Value scaled =
        scale(rewriter, loc, other, factor->scales, factor->axis, element);
    Value integers = dropScales(rewriter, loc, codes, factor->zeroPoint);
    Operation *copy = rewriter.clone(*op);
    copy->setOperand(factor->operand, integers);
    copy->setOperand(1 - factor->operand, scaled);
    Value result = copy->getResult(0);
    result.setType(type.clone(element));
    if (element != type.getElementType())
      result = CastOp::create(rewriter, loc, type, result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct NNScaleFactors : coppice::nn::impl::NNScaleFactorsBase<NNScaleFactors> {
  using NNScaleFactorsBase::NNScaleFactorsBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ScaleOther<Conv2DInputGradOp>, ScaleOther<Conv2DWeightGradOp>,
                 ScaleOther<MatMulOp>>(&getContext());
    if (failed(rewriteGreedily(getOperation(), getArgument(),
                               std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
