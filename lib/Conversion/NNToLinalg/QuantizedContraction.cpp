//===- QuantizedContraction.cpp - Integer layers to linalg ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "dialects/NN/IR/Geometry.h"
#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "lib/Conversion/NNToLinalg/Requantize.h"

using namespace mlir;
using namespace coppice;

/// Returns the element types of a layer that sums products of codes. nullopt if
/// its scales cannot leave the sum, because they lie along a summed axis, or
/// because each channel has a zero point.
static std::optional<IntegerLayer> describe(Operation *op, Value input,
                                            Value weight, Value bias) {
  int64_t channelAxis = lowp::getChannelAxis(op);
  IntegerLayer layer;
  layer.input = lowp::getQuantizedType(input.getType());
  layer.weight = lowp::getQuantizedType(weight.getType());
  layer.result = lowp::getQuantizedType(op->getResult(0).getType());
  layer.mode = lowp::getRequantize(op);
  if (!lowp::isSummable(layer.input) || !layer.weight || !layer.result ||
      layer.weight.getStorageTypeIntegralWidth() > 16)
    return std::nullopt;
  lowp::Scales of = lowp::getScales(layer.weight);
  if (lowp::getScales(layer.result).axis >= 0 ||
      (of.axis >= 0 && of.axis != channelAxis) ||
      !llvm::all_equal(of.zeroPoints))
    return std::nullopt;
  if (bias) {
    layer.biasType = lowp::getQuantizedType(bias.getType());
    if (!layer.biasType)
      return std::nullopt;
  }
  return layer;
}

static std::optional<IntegerLayer> describe(nn::Conv2DOp op) {
  return describe(op, op.getInput(), op.getWeight(), op.getBias());
}

static std::optional<IntegerLayer> describe(nn::MatMulOp op) {
  return describe(op, op.getLhs(), op.getRhs(), op.getBias());
}

static CodeProduct productOf(const IntegerLayer &layer) {
  auto operand = [](quant::QuantizedType type) {
    return CodeOperand{lowp::getScales(type).zeroPoints.front(),
                       !type.isSigned()};
  };
  return {operand(layer.input), operand(layer.weight)};
}

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

static LogicalResult verify(Operation *op, const IntegerLayer &layer,
                            int64_t products) {
  if (!lowp::fitsAccumulator(layer.input, layer.weight, products))
    return op->emitOpError("sums ")
           << products << " products of codes of "
           << layer.input.getStorageTypeIntegralWidth() << " and "
           << layer.weight.getStorageTypeIntegralWidth()
           << " bits, which may leave 32 bits; quantize one of them to fewer "
              "bits or keep the layer in float";
  return success();
}

/// With "tflite", an op on codes must run on integers alone.
static LogicalResult verifyFixedPoint(Operation *op) {
  auto isCode = [](Type type) {
    return lowp::isQuantizedTensor(type) ||
           !isa<FloatType>(getElementTypeOrSelf(type));
  };
  quant::QuantizedType result =
      op->getNumResults() &&
              (isa_and_nonnull<nn::NNDialect>(op->getDialect()) ||
               isa<lowp::LayerNormOp>(op))
          ? lowp::getQuantizedType(op->getResult(0).getType())
          : quant::QuantizedType();
  if (!result || lowp::getRequantize(op) != lowp::Requantize::TFLite ||
      isa<nn::CastOp>(op) || !llvm::all_of(op->getOperandTypes(), isCode))
    return success();
  std::string why = lowp::whyNotFixedPoint(op, result);
  if (why.empty())
    return success();
  return op->emitOpError("cannot run on integers alone: ")
         << why << "; exact arithmetic does (--requant=exact)";
}

LogicalResult coppice::verifyIntegerLayer(Operation *op) {
  if (failed(verifyFixedPoint(op)))
    return failure();
  std::optional<IntegerLayer> layer;
  if (auto conv = dyn_cast<nn::Conv2DOp>(op))
    layer = describe(conv);
  else if (auto matmul = dyn_cast<nn::MatMulOp>(op))
    layer = describe(matmul);
  return layer ? verify(op, *layer, *nn::countProducts(op)) : success();
}

//===----------------------------------------------------------------------===//
// Lowering
//===----------------------------------------------------------------------===//

static Value sumProducts(LinalgBuilder &b, nn::Conv2DOp op,
                         nn::Conv2DOp::Adaptor adaptor,
                         const CodeProduct &product) {
  // Padding is the zero point, whose real value is 0.
  Value x = adaptor.getInput();
  return convolve(b, op, x, adaptor.getWeight(),
                  storedCode(b, b.elementOf(x), product.lhs->zeroPoint),
                  &product);
}

static Value sumProducts(LinalgBuilder &b, nn::MatMulOp op,
                         nn::MatMulOp::Adaptor adaptor,
                         const CodeProduct &product) {
  return multiplyMatrices(b, op, adaptor.getLhs(), adaptor.getRhs(), &product);
}

namespace {
template <typename OpT> struct LayerLowering : OpConversionPattern<OpT> {
  using OpConversionPattern<OpT>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(OpT op, typename OpT::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    std::optional<IntegerLayer> layer = describe(op);
    if (!layer)
      return rewriter.notifyMatchFailure(op, "its scales don't leave the sum");
    LinalgBuilder b(op.getLoc(), rewriter);
    layer->sum = sumProducts(b, op, adaptor, productOf(*layer));
    layer->bias = adaptor.getBias();
    rewriter.replaceOp(op, requantize(b, *layer));
    return success();
  }
};
} // namespace

void coppice::populateQuantizedContractionLowering(
    RewritePatternSet &patterns, const TypeConverter &converter) {
  patterns.add<LayerLowering<nn::Conv2DOp>, LayerLowering<nn::MatMulOp>>(
      converter, patterns.getContext());
}
