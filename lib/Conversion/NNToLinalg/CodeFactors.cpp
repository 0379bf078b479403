//===- CodeFactors.cpp - Products of codes and floats -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/CodeFactor.h"
#include "lib/Conversion/NNToLinalg/Lowering.h"

using namespace mlir;
using namespace coppice;

/// Multiplies `tensor` by one scale, or by one for each index along `axis`, in
/// the type of sums: a narrower type may not hold a scale.
static Value scale(LinalgBuilder &b, Value tensor, ArrayRef<double> scales,
                   int64_t axis) {
  ArrayRef<int64_t> shape = b.shapeOf(tensor);
  // One scale is applied before the axes of groups are joined, so that it is
  // the epilogue of the sum.
  Value sums = tensor;
  while (isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
      sums.getDefiningOp()))
    sums = sums.getDefiningOp()->getOperand(0);
  if (axis < 0 && sums != tensor)
    return b.reshape(scale(b, sums, scales, axis), shape);
  Type type = b.accumulatorOf(b.elementOf(tensor));
  SmallVector<int64_t> along(shape.size(), 1);
  if (axis >= 0)
    along[axis] = scales.size();
  return b.pointwise(
      shape, type, {b.convert(tensor, type), b.table(along, scales, type)},
      [&](OpBuilder &body, Location loc, ValueRange args) {
        return nn::ScalarExpr(body, loc, type, false).mul(args[0], args[1]);
      });
}

static Value sum(LinalgBuilder &b, nn::Conv2DInputGradOp op,
                 ArrayRef<Value> operands, const CodeProduct &codes) {
  return convolveBack(b, op, operands[0], operands[1], &codes);
}

static Value sum(LinalgBuilder &b, nn::Conv2DWeightGradOp op,
                 ArrayRef<Value> operands, const CodeProduct &codes) {
  Value x = operands[0];
  return correlate(b, op, x, operands[1],
                   storedCode(b, b.elementOf(x), codes.lhs->zeroPoint), &codes);
}

static Value sum(LinalgBuilder &b, nn::MatMulOp op, ArrayRef<Value> operands,
                 const CodeProduct &codes) {
  return multiplyMatrices(b, op, operands[0], operands[1], &codes);
}

namespace {
template <typename OpT> struct CodeFactorLowering : OpConversionPattern<OpT> {
  using OpConversionPattern<OpT>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(OpT op, typename OpT::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = getElementTypeOrSelf(op.getType());
    if (!isa<FloatType>(type) || op->getNumOperands() != 2)
      return rewriter.notifyMatchFailure(op, "not a product of two to floats");
    bool lhs = lowp::isQuantizedTensor(op->getOperand(0).getType());
    bool rhs = lowp::isQuantizedTensor(op->getOperand(1).getType());
    if (lhs == rhs)
      return rewriter.notifyMatchFailure(op, "not one factor of codes");
    std::optional<nn::CodeFactor> factor = nn::getCodeFactor(
        op, rhs, lowp::getQuantizedType(op->getOperand(rhs).getType()));
    if (!factor)
      return rewriter.notifyMatchFailure(op, "its scales stay in the sum");
    if (factor->scalesOther)
      return rewriter.notifyMatchFailure(
          op, "its scales belong to the other factor (--nn-scale-factors)");
    LinalgBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> operands(adaptor.getOperands());
    CodeProduct codes;
    (rhs ? codes.rhs : codes.lhs) =
        CodeOperand{factor->zeroPoint, factor->isUnsigned};
    Value result = sum(b, op, operands, codes);
    if (!llvm::all_of(factor->scales, [](double scale) { return scale == 1; }))
      result = scale(b, result, factor->scales, factor->axis);
    rewriter.replaceOp(op, b.convert(result, type));
    return success();
  }
};
} // namespace

void coppice::populateCodeFactorLowering(RewritePatternSet &patterns,
                                         const TypeConverter &converter) {
  patterns.add<CodeFactorLowering<nn::Conv2DInputGradOp>,
               CodeFactorLowering<nn::Conv2DWeightGradOp>,
               CodeFactorLowering<nn::MatMulOp>>(converter,
                                                 patterns.getContext());
}
