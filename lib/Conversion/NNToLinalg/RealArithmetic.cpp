//===- RealArithmetic.cpp - Layers on real values of codes ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "lib/Support/Remarks.h"

using namespace mlir;
using namespace coppice;

bool coppice::hasCodes(Operation *op) {
  return llvm::any_of(op->getOperandTypes(), lowp::isQuantizedTensor) ||
         llvm::any_of(op->getResultTypes(), lowp::isQuantizedTensor);
}

bool coppice::joinsCodes(Operation *op) {
  auto codes = dyn_cast<lowp::CodesOpInterface>(op);
  return codes && codes.getIntegerForm() == lowp::IntegerForm::move &&
         (op->getNumOperands() > 1 ||
          codes.getResultRange() == lowp::ResultRange::operandsAndZero);
}

StringRef coppice::whyNotOnCodes(Operation *op) {
  if (!hasCodes(op))
    return "no layer on codes";
  lowp::IntegerForm form = lowp::getIntegerForm(op);
  if (form != lowp::IntegerForm::move && form != lowp::IntegerForm::gather)
    return "computes more than a move or a comparison";
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
  return lowp::movesChannels(op) ? "" : "scales move with the elements";
}

namespace {
/// Computes any layer on the real values of its codes, in double precision, and
/// rounds to codes. The conversions fuse with neighbouring ops.
struct RealArithmetic : ConversionPattern {
  RealArithmetic(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/0,
                          context) {}
  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value>,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isa_and_nonnull<nn::NNDialect>(op->getDialect()) || !hasCodes(op))
      return rewriter.notifyMatchFailure(op, "no layer on codes");
    slowPathRemark(op, "codes-as-reals")
        << remark::reason("'{0}' has no arithmetic on codes of these types",
                          op->getName().getStringRef().str());
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
