//===- ConvertNNToLinalg.cpp - nn to linalg ---------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "lib/Conversion/NNToLinalg/Requantize.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Pass/Pass.h"

namespace coppice {
#define GEN_PASS_DEF_CONVERTNNTOLINALG
#include "lib/Conversion/NNToLinalg/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

static Type signlessType(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return IntegerType::get(type.getContext(), integer.getWidth());
  if (lowp::isQuantizedTensor(type))
    return lowp::getStorageTensor(type);
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return RankedTensorType::get(tensor.getShape(),
                                 signlessType(tensor.getElementType()),
                                 tensor.getEncoding());
  return type;
}

namespace {
/// Converts constants with unsigned elements to signless ones with the same
/// bytes. Constants without elements become empty tensors, because LLVM has no
/// value for them.
struct ConstantPattern : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(signlessType(op.getType()));
    if (!type)
      return rewriter.notifyMatchFailure(op, "no tensor");
    if (type.getNumElements() == 0) {
      rewriter.replaceOpWithNewOp<tensor::EmptyOp>(op, type.getShape(),
                                                   type.getElementType());
      return success();
    }
    TypedAttr value;
    if (auto dense = dyn_cast<DenseIntElementsAttr>(op.getValue()))
      value = cast<TypedAttr>(dense.bitcast(type.getElementType()));
    else if (auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue()))
      value = DenseResourceElementsAttr::get(type, resource.getRawHandle());
    else
      return rewriter.notifyMatchFailure(op, "unknown kind of constant");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, type, value);
    return success();
  }
};

/// Converts the types of any other op.
struct RetypePattern : ConversionPattern {
  RetypePattern(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/0,
                          context) {}
  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (op->getNumRegions() != 0 ||
        isa_and_nonnull<nn::NNDialect, lowp::LowPDialect, quant::QuantDialect>(
            op->getDialect()))
      return rewriter.notifyMatchFailure(op, "not an op of operands alone");
    SmallVector<Type> types;
    if (failed(typeConverter->convertTypes(op->getResultTypes(), types)))
      return rewriter.notifyMatchFailure(op, "types do not convert");
    OperationState state(op->getLoc(), op->getName(), operands, types,
                         op->getAttrs(), op->getSuccessors());
    rewriter.replaceOp(op, rewriter.create(state)->getResults());
    return success();
  }
};

/// A kernel keeps its body; its signature gets converted types.
struct KernelPattern : OpConversionPattern<plan::KernelOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(plan::KernelOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<Type> types;
    if (failed(typeConverter->convertTypes(op->getResultTypes(), types)))
      return rewriter.notifyMatchFailure(op, "types do not convert");
    auto kernel = plan::KernelOp::create(
        rewriter, op.getLoc(), types, adaptor.getIns(), adaptor.getOuts(),
        op.getMayOverwrite(), op.getScratchBytes());
    kernel->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.inlineRegionBefore(op.getBody(), kernel.getBody(),
                                kernel.getBody().end());
    if (failed(rewriter.convertRegionTypes(&kernel.getBody(), *typeConverter)))
      return failure();
    rewriter.replaceOp(op, kernel.getResults());
    return success();
  }
};

struct ConvertNNToLinalg
    : coppice::impl::ConvertNNToLinalgBase<ConvertNNToLinalg> {
  using ConvertNNToLinalgBase::ConvertNNToLinalgBase;

  void runOnOperation() override {
    if (failed(checkIntegerLayers()))
      return signalPassFailure();
    MLIRContext *context = &getContext();
    TypeConverter converter;
    converter.addConversion(signlessType);
    RewritePatternSet patterns(context);
    populateElementwiseLowering(patterns, converter);
    populateContractionLowering(patterns, converter);
    populatePoolLowering(patterns, converter);
    populateReductionLowering(patterns, converter);
    populateShapeLowering(patterns, converter);
    populateIndexedLowering(patterns, converter);
    populateResizeLowering(patterns, converter);
    populateDropoutLowering(patterns, converter);
    populateQuantizeLowering(patterns, converter);
    populateMaskLowering(patterns, converter);
    populateRoundingLowering(patterns, converter);
    populateFakeQuantizeLowering(patterns, converter);
    populateQuantizedElementwiseLowering(patterns, converter);
    populateQuantizedContractionLowering(patterns, converter);
    populateQuantizedReductionLowering(patterns, converter);
    populateQuantizedNormalizeLowering(patterns, converter);
    populateCodeFactorLowering(patterns, converter);
    populateRealArithmeticLowering(patterns, converter);
    patterns.add<ConstantPattern, KernelPattern, RetypePattern>(converter,
                                                                context);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                   converter);

    ConversionTarget target(*context);
    target.addIllegalDialect<nn::NNDialect, lowp::LowPDialect,
                             quant::QuantDialect>();
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      if (auto function = dyn_cast<func::FuncOp>(op))
        return converter.isSignatureLegal(function.getFunctionType());
      if (auto kernel = dyn_cast<plan::KernelOp>(op))
        return converter.isLegal(op) && converter.isLegal(&kernel.getBody());
      if (auto constant = dyn_cast<arith::ConstantOp>(op))
        if (auto type = dyn_cast<RankedTensorType>(constant.getType());
            type && type.getNumElements() == 0)
          return false;
      return converter.isLegal(op);
    });
    if (failed(
            applyFullConversion(getOperation(), target, std::move(patterns))))
      return signalPassFailure();
  }

  /// Reports layers on codes that cannot be computed.
  LogicalResult checkIntegerLayers() {
    if (Attribute mode = getOperation()->getAttr(lowp::kRequantizeAttr)) {
      auto name = dyn_cast<StringAttr>(mode);
      if (!name || !lowp::symbolizeRequantize(name))
        return getOperation().emitOpError("has ")
               << lowp::kRequantizeAttr << " = " << mode
               << "; expected \"exact\" or \"tflite\"";
    }
    bool ok = true;
    getOperation()->walk(
        [&](Operation *op) { ok &= succeeded(verifyIntegerLayer(op)); });
    return success(ok);
  }
};
} // namespace
