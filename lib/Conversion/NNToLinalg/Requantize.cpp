//===- Requantize.cpp - Sums of products to codes ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Requantize.h"

#include <cmath>

using namespace mlir;
using namespace coppice;

FixedPoint coppice::toFixedPoint(double factor) {
  if (factor == 0)
    return {0, 0};
  int shift;
  double fraction = std::frexp(factor, &shift);
  auto multiplier =
      static_cast<int64_t>(std::round(fraction * double(int64_t(1) << 31)));
  if (multiplier == int64_t(1) << 31) {
    multiplier /= 2;
    ++shift;
  }
  if (shift < -31)
    return {0, 0};
  return {static_cast<int32_t>(multiplier), shift};
}

/// The largest |code - zero point|.
static double largest(quant::QuantizedType type) {
  double result = 0;
  for (int64_t zero : lowp::getScales(type).zeroPoints)
    result = std::max({result, double(type.getStorageTypeMax() - zero),
                       double(zero - type.getStorageTypeMin())});
  return result;
}

bool coppice::fitsAccumulator(quant::QuantizedType lhs,
                              quant::QuantizedType rhs, int64_t products) {
  return largest(lhs) * largest(rhs) * double(products) < 0x1p31;
}

/// sx sw for each channel, or once.
static SmallVector<double> productScales(const IntegerLayer &layer) {
  double input = lowp::getScales(layer.input).scales.front();
  SmallVector<double> scales = lowp::getScales(layer.weight).scales;
  for (double &scale : scales)
    scale = input * scale;
  return scales;
}

//===----------------------------------------------------------------------===//
// Exact
//===----------------------------------------------------------------------===//

static Value requantizeExact(LinalgBuilder &b, const IntegerLayer &layer) {
  ArrayRef<int64_t> shape = b.shapeOf(layer.sum);
  unsigned rank = shape.size();
  AffineExpr channel = b.dim(rank - 1);
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  SmallVector<Value> inputs{layer.sum};
  SmallVector<AffineMap> maps{identity};
  PerChannel product(productScales(layer));
  product.bind(b, inputs, maps, rank, channel);
  std::optional<CodeFormat> bias;
  size_t biasAt = inputs.size();
  if (layer.bias) {
    inputs.push_back(layer.bias);
    maps.push_back(b.map(rank, {channel}));
    bias.emplace(layer.biasType);
    bias->bind(b, inputs, maps, maps.back());
  }
  CodeFormat result(layer.result);
  result.bind(b, inputs, maps, identity);
  return b.parallel(
      shape, result.getStorage(), inputs, maps,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        Value sum =
            arith::SIToFPOp::create(body, loc, body.getF64Type(), args[0]);
        Value real =
            arith::MulFOp::create(body, loc, sum, product.get(body, loc, args));
        if (bias)
          real = arith::AddFOp::create(
              body, loc, real, bias->toReal(body, loc, args[biasAt], args));
        return result.toCode(body, loc, real, args);
      });
}

//===----------------------------------------------------------------------===//
// TensorFlow Lite
//===----------------------------------------------------------------------===//

namespace {
/// gemmlowp's fixed-point arithmetic on i32 scalars.
class Gemmlowp {
public:
  Gemmlowp(OpBuilder &b, Location loc) : b(b), loc(loc) {}

  /// x + y, saturated.
  Value saturatingAdd(Value x, Value y) {
    Value sum = arith::AddIOp::create(b, loc, wide(x), wide(y));
    sum = arith::MaxSIOp::create(b, loc, sum, constant(INT32_MIN, 64));
    sum = arith::MinSIOp::create(b, loc, sum, constant(INT32_MAX, 64));
    return narrow(sum);
  }

  /// round(x y / 2^31), half away from zero. `y` is never -2^31, so the product
  /// is never 2^62.
  Value roundingDoublingHighMul(Value x, Value y) {
    Value product = arith::MulIOp::create(b, loc, wide(x), wide(y));
    Value negative = isNegative(product, 64);
    Value nudge = choose(negative, constant(1 - (1LL << 30), 64),
                         constant(1LL << 30, 64));
    Value sum = arith::AddIOp::create(b, loc, product, nudge);
    // Division by 2^31 that truncates.
    Value bias = choose(isNegative(sum, 64), constant((1LL << 31) - 1, 64),
                        constant(0, 64));
    sum = arith::AddIOp::create(b, loc, sum, bias);
    return narrow(arith::ShRSIOp::create(b, loc, sum, constant(31, 64)));
  }

  /// round(x / 2^exponent), half away from zero.
  Value roundingDivideByPOT(Value x, Value exponent) {
    Value one = constant(1, 32), zero = constant(0, 32);
    // 2^31 - 1 at exponent 31: the shift wraps as it does in C.
    Value mask = arith::SubIOp::create(
        b, loc, arith::ShLIOp::create(b, loc, one, exponent), one);
    Value remainder = arith::AndIOp::create(b, loc, x, mask);
    Value threshold =
        arith::AddIOp::create(b, loc, arith::ShRSIOp::create(b, loc, mask, one),
                              choose(isNegative(x, 32), one, zero));
    Value up = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt,
                                     remainder, threshold);
    return arith::AddIOp::create(b, loc,
                                 arith::ShRSIOp::create(b, loc, x, exponent),
                                 choose(up, one, zero));
  }

private:
  Value constant(int64_t value, unsigned width) {
    return arith::ConstantIntOp::create(b, loc, value, width);
  }
  Value wide(Value x) {
    return arith::ExtSIOp::create(b, loc, b.getI64Type(), x);
  }
  Value narrow(Value x) {
    return arith::TruncIOp::create(b, loc, b.getI32Type(), x);
  }
  Value isNegative(Value x, unsigned width) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, x,
                                 constant(0, width));
  }
  Value choose(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }
  OpBuilder &b;
  Location loc;
};
} // namespace

static Value requantizeTFLite(LinalgBuilder &b, const IntegerLayer &layer) {
  ArrayRef<int64_t> shape = b.shapeOf(layer.sum);
  unsigned rank = shape.size();
  AffineExpr channel = b.dim(rank - 1);
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  SmallVector<Value> inputs{layer.sum};
  SmallVector<AffineMap> maps{identity};
  std::optional<CodeFormat> bias;
  size_t biasAt = inputs.size();
  if (layer.bias) {
    inputs.push_back(layer.bias);
    maps.push_back(b.map(rank, {channel}));
    bias.emplace(layer.biasType);
  }
  double resultScale = lowp::getScales(layer.result).scales.front();
  SmallVector<int64_t> multipliers, lefts, rights;
  for (double scale : productScales(layer)) {
    FixedPoint factor = toFixedPoint(scale / resultScale);
    multipliers.push_back(factor.multiplier);
    lefts.push_back(std::max(0, factor.shift));
    rights.push_back(std::max(0, -factor.shift));
  }
  Type i32 = b.getI32Type();
  PerChannel multiplier(multipliers, i32), left(lefts, i32), right(rights, i32);
  for (PerChannel *numbers : {&multiplier, &left, &right})
    numbers->bind(b, inputs, maps, rank, channel);
  CodeFormat result(layer.result);
  return b.parallel(
      shape, result.getStorage(), inputs, maps,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        Gemmlowp fixed(body, loc);
        Value sum = args[0];
        if (bias)
          sum = fixed.saturatingAdd(
              sum, bias->centred(body, loc, args[biasAt], args));
        if (!left.isAll(0))
          sum =
              arith::ShLIOp::create(body, loc, sum, left.get(body, loc, args));
        sum =
            fixed.roundingDoublingHighMul(sum, multiplier.get(body, loc, args));
        if (!right.isAll(0))
          sum = fixed.roundingDivideByPOT(sum, right.get(body, loc, args));
        return result.fromInteger(body, loc, sum, args);
      });
}

Value coppice::requantize(LinalgBuilder &b, const IntegerLayer &layer) {
  return layer.mode == lowp::Requantize::TFLite ? requantizeTFLite(b, layer)
                                                : requantizeExact(b, layer);
}
