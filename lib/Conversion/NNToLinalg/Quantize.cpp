//===- Quantize.cpp - Floats to codes and back ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Codes.h"
#include "lib/Conversion/NNToLinalg/Lowering.h"

using namespace mlir;
using namespace coppice;

/// Returns `type` with every scale 1.
static quant::QuantizedType withUnitScales(quant::QuantizedType type) {
  lowp::Scales scales = lowp::getScales(type);
  if (scales.axis < 0)
    return quant::UniformQuantizedType::get(
        type.getFlags(), type.getStorageType(), type.getExpressedType(), 1.0,
        scales.zeroPoints.front(), type.getStorageTypeMin(),
        type.getStorageTypeMax());
  SmallVector<double> ones(scales.scales.size(), 1.0);
  return quant::UniformQuantizedPerAxisType::get(
      type.getFlags(), type.getStorageType(), type.getExpressedType(), ones,
      scales.zeroPoints, scales.axis, type.getStorageTypeMin(),
      type.getStorageTypeMax());
}

/// Returns x / scale, rounded to the scale's type.
static Value quotient(OpBuilder &b, Location loc, Value x, Value scale,
                      Type real) {
  Type f32 = b.getF32Type();
  auto inPrecision = [&](Value value) -> Value {
    if (real.isF32())
      return value;
    value = arith::TruncFOp::create(b, loc, real, value);
    return arith::ExtFOp::create(b, loc, f32, value);
  };
  if (!x.getType().isF32())
    x = arith::ExtFOp::create(b, loc, f32, x);
  else
    x = inPrecision(x);
  scale = arith::TruncFOp::create(b, loc, f32, scale);
  // A quotient of two halves may be rounded to f32 first: the second rounding
  // gives the same result.
  return inPrecision(arith::DivFOp::create(b, loc, x, scale));
}

static Value lowerQuantize(LinalgBuilder &b, lowp::QuantizeOp op,
                           lowp::QuantizeOp::Adaptor adaptor) {
  quant::QuantizedType type = lowp::getQuantizedType(op.getType());
  Type real = type.getExpressedType();
  // Layers on codes compute in f64. A float value is divided in the precision
  // of the scale, as ONNX defines it.
  bool isExact = b.elementOf(adaptor.getInput()).isF64() || real.isF64();
  CodeFormat format(isExact ? type : withUnitScales(type));
  PerChannel scale(lowp::getScales(type).scales);
  ArrayRef<int64_t> shape = b.shapeOf(adaptor.getInput());
  SmallVector<Value> inputs{adaptor.getInput()};
  SmallVector<AffineMap> maps{b.getMultiDimIdentityMap(shape.size())};
  AffineMap map = maps.front();
  format.bind(b, inputs, maps, map);
  if (int64_t axis = lowp::getScales(type).axis; !isExact && axis >= 0)
    scale.bind(b, inputs, maps, map.getNumDims(), map.getResult(axis));
  return b.parallel(shape, format.getStorage(), inputs, maps,
                    [&](OpBuilder &body, Location loc, ValueRange args) {
                      Value x = args[0];
                      if (!isExact)
                        x = quotient(body, loc, x, scale.get(body, loc, args),
                                     real);
                      return format.toCode(body, loc, toDouble(body, loc, x),
                                           args, /*mayBeNaN=*/true);
                    });
}

/// Whether (code - zero point) scale, a product of two numbers of 24 bits, can
/// be computed in f32: it is then rounded once, like the product in f64.
static bool fitsSingle(quant::QuantizedType type) {
  return type.getStorageTypeIntegralWidth() <= 16 &&
         llvm::all_of(lowp::getScales(type).scales, [](double scale) {
           return double(float(scale)) == scale;
         });
}

/// Dequantizes in f32 with the same bits as in f64. The arithmetic is cheap
/// enough for the inner loop of a consumer.
static Value dequantizeInSingle(LinalgBuilder &b, Value codes,
                                quant::QuantizedType type) {
  ArrayRef<int64_t> shape = b.shapeOf(codes);
  lowp::Scales scales = lowp::getScales(type);
  Type f32 = b.getF32Type();
  SmallVector<Value> inputs{codes};
  SmallVector<AffineMap> maps{b.getMultiDimIdentityMap(shape.size())};
  // A table if channels differ, else a number.
  auto bind = [&](ArrayRef<double> values) -> unsigned {
    if (llvm::all_equal(values))
      return 0;
    inputs.push_back(b.table({int64_t(values.size())}, values, f32));
    maps.push_back(b.map(shape.size(), {b.dim(scales.axis)}));
    return inputs.size() - 1;
  };
  SmallVector<double> zeros(scales.zeroPoints.begin(), scales.zeroPoints.end());
  unsigned zeroTable = bind(zeros), scaleTable = bind(scales.scales);
  return b.parallel(
      shape, f32, inputs, maps,
      [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
        auto number = [&](unsigned table, double value) -> Value {
          return table ? args[table]
                       : arith::ConstantOp::create(body, loc,
                                                   body.getF32FloatAttr(value))
                             .getResult();
        };
        Value x =
            type.isSigned()
                ? arith::SIToFPOp::create(body, loc, f32, args[0]).getResult()
                : arith::UIToFPOp::create(body, loc, f32, args[0]);
        if (zeroTable || zeros.front() != 0)
          x = arith::SubFOp::create(body, loc, x,
                                    number(zeroTable, zeros.front()));
        return arith::MulFOp::create(body, loc, x,
                                     number(scaleTable, scales.scales.front()));
      });
}

static Value lowerDequantize(LinalgBuilder &b, lowp::DequantizeOp op,
                             lowp::DequantizeOp::Adaptor adaptor) {
  quant::QuantizedType type = lowp::getQuantizedType(op.getInput().getType());
  Type element = getElementTypeOrSelf(op.getType());
  if (element.isF32() && fitsSingle(type))
    return dequantizeInSingle(b, adaptor.getInput(), type);
  CodeFormat format(type);
  ArrayRef<int64_t> shape = b.shapeOf(adaptor.getInput());
  SmallVector<Value> inputs{adaptor.getInput()};
  SmallVector<AffineMap> maps{b.getMultiDimIdentityMap(shape.size())};
  format.bind(b, inputs, maps, maps.front());
  return b.parallel(
      shape, element, inputs, maps,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        Value real = format.toReal(body, loc, args[0], args);
        if (element.isF64())
          return real;
        return arith::TruncFOp::create(body, loc, element, real).getResult();
      });
}

namespace {
/// Codes and their integers have the same bits.
struct StorageCastLowering : OpConversionPattern<quant::StorageCastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(quant::StorageCastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getInput());
    return success();
  }
};
} // namespace

void coppice::populateQuantizeLowering(RewritePatternSet &patterns,
                                       const TypeConverter &converter) {
  patterns.add<StorageCastLowering>(converter, patterns.getContext());
  addLowerings(patterns, converter, lowerQuantize, lowerDequantize);
}
