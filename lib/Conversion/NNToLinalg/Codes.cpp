//===- Codes.cpp - Codes and real values in scalar code ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Codes.h"

#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "lib/Conversion/NNToLinalg/FixedPoint.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace coppice;

//===----------------------------------------------------------------------===//
// Constants and tables
//===----------------------------------------------------------------------===//

void PerChannel::bind(LinalgBuilder &b, SmallVectorImpl<Value> &inputs,
                      SmallVectorImpl<AffineMap> &maps, unsigned loops,
                      AffineExpr axis) {
  if (type ? llvm::all_equal(integers) : llvm::all_equal(values))
    return;
  position = inputs.size();
  int64_t count = type ? integers.size() : values.size();
  if (type) {
    SmallVector<Attribute> elements;
    for (int64_t integer : integers)
      elements.push_back(IntegerAttr::get(type, integer));
    inputs.push_back(arith::ConstantOp::create(
        b, DenseElementsAttr::get(RankedTensorType::get({count}, type),
                                  elements)));
  } else {
    inputs.push_back(b.table({count}, values, b.getF64Type()));
  }
  maps.push_back(b.map(loops, {axis}));
}

Value PerChannel::get(OpBuilder &b, Location loc, ValueRange args) const {
  if (position >= 0)
    return args[position];
  if (type)
    return arith::ConstantOp::create(b, loc,
                                     IntegerAttr::get(type, integers.front()));
  return arith::ConstantOp::create(b, loc, b.getF64FloatAttr(values.front()));
}

bool PerChannel::isAll(double value) const {
  return type ? llvm::all_of(integers,
                             [&](int64_t x) { return double(x) == value; })
              : llvm::all_of(values, [&](double x) { return x == value; });
}

//===----------------------------------------------------------------------===//
// One tensor's codes
//===----------------------------------------------------------------------===//

CodeFormat::CodeFormat(quant::QuantizedType type)
    : type(type), storage(IntegerType::get(
                      type.getContext(), type.getStorageTypeIntegralWidth())) {
  lowp::Scales scales = lowp::getScales(type);
  axis = scales.axis;
  Type integer = integerType();
  scale = PerChannel(scales.scales);
  zeroPoint = PerChannel(scales.zeroPoints, integer);
  hasZeroPoint = !zeroPoint.isAll(0);
  SmallVector<int64_t> lows, highs;
  for (int64_t zero : scales.zeroPoints) {
    lows.push_back(type.getStorageTypeMin() - zero);
    highs.push_back(type.getStorageTypeMax() - zero);
  }
  lowInteger = PerChannel(lows, integer);
  highInteger = PerChannel(highs, integer);
  low = PerChannel(SmallVector<double>(lows.begin(), lows.end()));
  high = PerChannel(SmallVector<double>(highs.begin(), highs.end()));
}

Type CodeFormat::integerType() const {
  // Codes of 32 bits minus their zero point may need more than 32 bits.
  return IntegerType::get(type.getContext(), storage.getWidth() < 32 ? 32 : 64);
}

void CodeFormat::bind(LinalgBuilder &b, SmallVectorImpl<Value> &inputs,
                      SmallVectorImpl<AffineMap> &maps, AffineMap map) {
  if (axis < 0)
    return;
  for (PerChannel *numbers :
       {&scale, &zeroPoint, &low, &high, &lowInteger, &highInteger})
    numbers->bind(b, inputs, maps, map.getNumDims(), map.getResult(axis));
}

/// Extends `code` to a wider integer type.
static Value extend(OpBuilder &b, Location loc, Value code, Type to,
                    bool isSigned) {
  if (code.getType() == to)
    return code;
  if (isSigned)
    return arith::ExtSIOp::create(b, loc, to, code);
  return arith::ExtUIOp::create(b, loc, to, code);
}

Value CodeFormat::centred(OpBuilder &b, Location loc, Value code,
                          ValueRange args) const {
  // With a zero point of 0, codes of 32 bits are unchanged.
  if (!hasZeroPoint && storage.getWidth() == 32 && type.isSigned())
    return code;
  Value wide = extend(b, loc, code, integerType(), type.isSigned());
  if (!hasZeroPoint)
    return wide;
  return arith::SubIOp::create(b, loc, wide, zeroPoint.get(b, loc, args));
}

Value CodeFormat::toReal(OpBuilder &b, Location loc, Value code,
                         ValueRange args) const {
  Value real = arith::SIToFPOp::create(b, loc, b.getF64Type(),
                                       centred(b, loc, code, args));
  if (scale.isAll(1))
    return real;
  return arith::MulFOp::create(b, loc, real, scale.get(b, loc, args));
}

static Value select(OpBuilder &b, Location loc, arith::CmpFPredicate predicate,
                    Value x, Value y, Value chosen, Value other) {
  Value holds = arith::CmpFOp::create(b, loc, predicate, x, y);
  return arith::SelectOp::create(b, loc, holds, chosen, other);
}

Value CodeFormat::toCode(OpBuilder &b, Location loc, Value real,
                         ValueRange args, bool mayBeNaN) const {
  if (!scale.isAll(1))
    real = arith::DivFOp::create(b, loc, real, scale.get(b, loc, args));
  if (mayBeNaN)
    real =
        select(b, loc, arith::CmpFPredicate::UNO, real, real,
               arith::ConstantOp::create(b, loc, b.getF64FloatAttr(0)), real);
  Value rounded = math::RoundEvenOp::create(b, loc, real);
  Value least = low.get(b, loc, args), most = high.get(b, loc, args);
  rounded =
      select(b, loc, arith::CmpFPredicate::OGT, rounded, least, rounded, least);
  rounded =
      select(b, loc, arith::CmpFPredicate::OLT, rounded, most, rounded, most);
  Type integer = integerType();
  if (!hasZeroPoint && storage.getWidth() == 32 && type.isSigned())
    integer = storage;
  Value code = arith::FPToSIOp::create(b, loc, integer, rounded);
  if (hasZeroPoint)
    code = arith::AddIOp::create(b, loc, code, zeroPoint.get(b, loc, args));
  if (integer == storage)
    return code;
  return arith::TruncIOp::create(b, loc, storage, code);
}

Value CodeFormat::fromInteger(OpBuilder &b, Location loc, Value integer,
                              ValueRange args) const {
  // Add the zero point last, so that no step overflows.
  integer = extend(b, loc, integer, integerType(), true);
  integer =
      arith::MaxSIOp::create(b, loc, integer, lowInteger.get(b, loc, args));
  integer =
      arith::MinSIOp::create(b, loc, integer, highInteger.get(b, loc, args));
  if (hasZeroPoint)
    integer =
        arith::AddIOp::create(b, loc, integer, zeroPoint.get(b, loc, args));
  return arith::TruncIOp::create(b, loc, storage, integer);
}

Value coppice::toDouble(OpBuilder &b, Location loc, Value x) {
  if (x.getType().isF64())
    return x;
  return arith::ExtFOp::create(b, loc, b.getF64Type(), x);
}

int64_t coppice::codeOf(quant::QuantizedType type, double value) {
  lowp::Scales scales = lowp::getScales(type);
  double code = std::nearbyint(value / scales.scales.front()) +
                double(scales.zeroPoints.front());
  return static_cast<int64_t>(std::clamp(code, double(type.getStorageTypeMin()),
                                         double(type.getStorageTypeMax())));
}

Value coppice::storedCode(LinalgBuilder &b, Type storage, int64_t code) {
  APInt bits(64, static_cast<uint64_t>(code), /*isSigned=*/true);
  return arith::ConstantOp::create(
      b,
      IntegerAttr::get(storage, bits.trunc(storage.getIntOrFloatBitWidth())));
}

//===----------------------------------------------------------------------===//
// One format to another
//===----------------------------------------------------------------------===//

bool coppice::areConvertible(Type from, Type to) {
  quant::QuantizedType a = lowp::getQuantizedType(from),
                       b = lowp::getQuantizedType(to);
  if (!a || !b)
    return false;
  return a == b || (isa<quant::UniformQuantizedType>(a) &&
                    isa<quant::UniformQuantizedType>(b));
}

Value coppice::convertCodes(LinalgBuilder &b, Value codes, Type from, Type to,
                            lowp::Requantize mode) {
  quant::QuantizedType source = lowp::getQuantizedType(from),
                       target = lowp::getQuantizedType(to);
  if (source == target)
    return codes;
  lowp::Scales a = lowp::getScales(source), c = lowp::getScales(target);
  bool sameScale = lowp::haveOneScale(source, target);
  CodeFormat read(source), write(target);
  if (lowp::holdsSameCodes(source, target))
    return codes;
  return b.pointwise(
      b.shapeOf(codes), write.getStorage(), codes,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        if (sameScale)
          return write.fromInteger(
              body, loc, read.centred(body, loc, args[0], args), args);
        if (mode == lowp::Requantize::TFLite) {
          FixedPointBuilder fixed(body, loc);
          FixedPoint factor = toFixedPoint(a.scales.front() / c.scales.front());
          return write.fromInteger(
              body, loc,
              fixed.multiply(read.centred(body, loc, args[0], args), factor),
              args);
        }
        return write.toCode(body, loc, read.toReal(body, loc, args[0], args),
                            args);
      });
}

void coppice::makeStrict(Operation *op) {
  op->walk([](arith::ArithFastMathInterface inner) {
    inner->setAttr(inner.getFastMathAttrName(),
                   arith::FastMathFlagsAttr::get(inner->getContext(),
                                                 arith::FastMathFlags::none));
  });
}
