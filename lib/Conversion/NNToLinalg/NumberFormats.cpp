//===- NumberFormats.cpp - lowp ops to linalg -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Codes.h"
#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "lib/Conversion/NNToLinalg/Philox.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace coppice;
using Iterator = LinalgBuilder::Iterator;

/// `x` in f64.
static Value toDouble(OpBuilder &b, Location loc, Value x) {
  if (x.getType().isF64())
    return x;
  return arith::ExtFOp::create(b, loc, b.getF64Type(), x);
}

/// `type` with every scale 1.
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

/// x / scale, rounded to the scale's own type.
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
  // The quotient of two halves in f32 is rounded once more without harm.
  return inPrecision(arith::DivFOp::create(b, loc, x, scale));
}

static Value lowerQuantize(LinalgBuilder &b, lowp::QuantizeOp op,
                           lowp::QuantizeOp::Adaptor adaptor) {
  quant::QuantizedType type = lowp::getQuantizedType(op.getType());
  Type real = type.getExpressedType();
  // Layers of codes compute in f64; a float value is divided as ONNX defines
  // it, in the precision of the scale.
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

/// Whether (code - zero point) scale, a number of 24 bits times one of 24, can
/// be computed in f32: the product is then rounded once, as the one in f64 is.
static bool fitsSingle(quant::QuantizedType type) {
  return type.getStorageTypeIntegralWidth() <= 16 &&
         llvm::all_of(lowp::getScales(type).scales, [](double scale) {
           return double(float(scale)) == scale;
         });
}

/// The same bits as through f64, in arithmetic that is cheap enough for the
/// inner loop of a reader.
static Value dequantizeInSingle(LinalgBuilder &b, Value codes,
                                quant::QuantizedType type) {
  ArrayRef<int64_t> shape = b.shapeOf(codes);
  lowp::Scales scales = lowp::getScales(type);
  Type f32 = b.getF32Type();
  SmallVector<Value> inputs{codes};
  SmallVector<AffineMap> maps{b.getMultiDimIdentityMap(shape.size())};
  // A table where channels differ; else a number.
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

//===----------------------------------------------------------------------===//
// Clamp and mask
//===----------------------------------------------------------------------===//

/// Calls `build` for the elements that fill whole bytes of a mask and for the
/// rest: with the index of the first byte, the number of bytes and the elements
/// of each.
static void forEachRun(int64_t elements,
                       function_ref<void(int64_t, int64_t, int64_t)> build) {
  if (elements / 8)
    build(0, elements / 8, 8);
  if (elements % 8)
    build(elements / 8, 1, elements % 8);
}

/// 1, 2, 4, ..., one for each of `count` elements of a byte.
static Value bitTable(LinalgBuilder &b, int64_t count) {
  SmallVector<APInt> bits;
  for (int64_t i = 0; i < count; ++i)
    bits.push_back(APInt::getOneBitSet(8, i));
  return arith::ConstantOp::create(
      b, DenseIntElementsAttr::get(
             RankedTensorType::get({count}, b.getI8Type()), bits));
}

/// Elements [8 first, 8 first + bytes count) of a flat tensor, a row a byte.
static Value sliceRun(LinalgBuilder &b, Value flat, int64_t first,
                      int64_t bytes, int64_t count) {
  return b.reshape(b.extractSlice(flat, {8 * first}, {bytes * count}, {1}),
                   {bytes, count});
}

/// The bits of elements of which `isSet` holds.
static Value packMask(LinalgBuilder &b, Value tensor,
                      function_ref<Value(OpBuilder &, Location, Value)> isSet) {
  int64_t elements = ShapedType::getNumElements(b.shapeOf(tensor));
  Value flat = b.reshape(tensor, {elements});
  Value mask = b.empty({lowp::getMaskBytes(elements)}, b.getI8Type());
  AffineExpr byte = b.dim(0), bit = b.dim(1);
  AffineMap maps[] = {b.map(2, {byte, bit}), b.map(2, {bit}), b.map(2, {byte})};
  Iterator iterators[] = {Iterator::parallel, Iterator::reduction};
  forEachRun(elements, [&](int64_t first, int64_t bytes, int64_t count) {
    Value part = b.generic(
        ValueRange{sliceRun(b, flat, first, bytes, count), bitTable(b, count)},
        b.zeros({bytes}, b.getI8Type()), maps, iterators,
        [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
          Value none = arith::ConstantIntOp::create(body, loc, 0, 8);
          Value mine = arith::SelectOp::create(
              body, loc, isSet(body, loc, args[0]), args[1], none);
          // No two elements have a bit in common.
          return arith::AddIOp::create(body, loc, args[2], mine);
        });
    mask = bytes == b.shapeOf(mask)[0]
               ? part
               : b.insertSlice(part, mask, {first}, {1});
  });
  return mask;
}

namespace {
struct ClampLowering : OpConversionPattern<lowp::ClampOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowp::ClampOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    quant::QuantizedType from = lowp::getQuantizedType(op.getInput().getType()),
                         to = lowp::getQuantizedType(op.getResult().getType());
    if (!from.isSigned())
      return rewriter.notifyMatchFailure(op, "unclamped codes are signed");
    LinalgBuilder b(op.getLoc(), rewriter);
    Value x = adaptor.getInput();
    // A wider range than the input's bounds nothing.
    int64_t low = std::max(to.getStorageTypeMin(), from.getStorageTypeMin());
    int64_t high = std::min(to.getStorageTypeMax(), from.getStorageTypeMax());
    Type storage = rewriter.getIntegerType(to.getStorageTypeIntegralWidth());
    Value result = b.pointwise(
        b.shapeOf(x), storage, x,
        [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
          Type type = args[0].getType();
          auto constant = [&](int64_t value) -> Value {
            return arith::ConstantOp::create(body, loc,
                                             IntegerAttr::get(type, value));
          };
          Value code =
              arith::MaxSIOp::create(body, loc, args[0], constant(low));
          code = arith::MinSIOp::create(body, loc, code, constant(high));
          if (type == storage)
            return code;
          if (type.getIntOrFloatBitWidth() < storage.getIntOrFloatBitWidth())
            return arith::ExtSIOp::create(body, loc, storage, code);
          return arith::TruncIOp::create(body, loc, storage, code);
        });
    auto fits = [&](OpBuilder &body, Location loc, Value code) -> Value {
      auto compare = [&](arith::CmpIPredicate predicate, int64_t bound) {
        return arith::CmpIOp::create(
            body, loc, predicate, code,
            arith::ConstantOp::create(body, loc,
                                      IntegerAttr::get(code.getType(), bound)));
      };
      return arith::AndIOp::create(body, loc,
                                   compare(arith::CmpIPredicate::sge, low),
                                   compare(arith::CmpIPredicate::sle, high));
    };
    rewriter.replaceOp(op, {result, packMask(b, x, fits)});
    return success();
  }
};

/// Codes and their integers are the same bits.
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

static Value lowerRangeMask(LinalgBuilder &b, lowp::RangeMaskOp op,
                            lowp::RangeMaskOp::Adaptor adaptor) {
  double low = op.getLow().convertToDouble();
  double high = op.getHigh().convertToDouble();
  return packMask(b, adaptor.getInput(),
                  [&](OpBuilder &body, Location loc, Value x) -> Value {
                    nn::ScalarExpr e(body, loc, x.getType(), false);
                    Value above = e.gt(x, e.constant(low));
                    if (std::isinf(high))
                      return above;
                    return e.logicalAnd(above, e.lt(x, e.constant(high)));
                  });
}

static Value lowerSelectByMask(LinalgBuilder &b, lowp::SelectByMaskOp op,
                               lowp::SelectByMaskOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  SmallVector<int64_t> shape(b.shapeOf(x));
  Type element = b.elementOf(x);
  int64_t elements = ShapedType::getNumElements(shape);
  // In place, where nobody else reads the tensor.
  Value result = b.reshape(x, {elements});
  AffineExpr byte = b.dim(0), bit = b.dim(1);
  AffineMap maps[] = {b.map(2, {byte}), b.map(2, {bit}), b.map(2, {byte, bit})};
  Iterator iterators[] = {Iterator::parallel, Iterator::parallel};
  forEachRun(elements, [&](int64_t first, int64_t bytes, int64_t count) {
    Value mask = b.extractSlice(adaptor.getMask(), {first}, {bytes}, {1});
    Value part = b.generic(
        ValueRange{mask, bitTable(b, count)},
        sliceRun(b, result, first, bytes, count), maps, iterators,
        [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
          Value bits = arith::AndIOp::create(body, loc, args[0], args[1]);
          Value none = arith::ConstantIntOp::create(body, loc, 0, 8);
          Value set = arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ne,
                                            bits, none);
          return arith::SelectOp::create(
              body, loc, set, args[2], nn::createSplat(body, loc, element, 0));
        });
    part = b.reshape(part, {bytes * count});
    result = bytes * count == elements
                 ? part
                 : b.insertSlice(part, result, {8 * first}, {1});
  });
  return b.reshape(result, shape);
}

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

/// floor(x + u), u = word / 2^32, without the rounding of that sum.
static Value roundUpAbove(LinalgBuilder &b, Value x, Value word) {
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(value));
  };
  Value u = arith::MulFOp::create(
      b, arith::SIToFPOp::create(b, b.getF64Type(), word), constant(0x1p-32));
  Value floor = math::FloorOp::create(b, x);
  Value fraction = arith::SubFOp::create(b, x, floor);
  Value up =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, u,
                            arith::SubFOp::create(b, constant(1), fraction));
  Value step = arith::SelectOp::create(b, up, constant(1), constant(0));
  return arith::AddFOp::create(b, floor, step);
}

/// `x` as an integer in [low, high]; `word` draws a random number.
static Value roundToInteger(LinalgBuilder &b, Value x, lowp::RoundingMode mode,
                            double low, double high, IntegerType storage,
                            function_ref<Value()> word) {
  x = toDouble(b, b.getLoc(), x);
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(value));
  };
  Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
  x = arith::SelectOp::create(b, isNaN, constant(0), x);
  // Saturation first: it keeps the fractions of what is in range.
  nn::ScalarExpr e(b, b.getLoc(), b.getF64Type(), false);
  x = e.select(e.gt(x, constant(low)), x, constant(low));
  x = e.select(e.lt(x, constant(high)), x, constant(high));
  switch (mode) {
  case lowp::RoundingMode::nearest:
    x = math::RoundEvenOp::create(b, x);
    break;
  case lowp::RoundingMode::zero:
    x = math::TruncOp::create(b, x);
    break;
  case lowp::RoundingMode::stochastic:
    x = roundUpAbove(b, x, word());
    break;
  }
  Value code = arith::FPToSIOp::create(b, b.getI32Type(), x);
  if (storage.getWidth() < 32)
    code = arith::TruncIOp::create(b, storage, code);
  return code;
}

static Value lowerRound(LinalgBuilder &b, lowp::RoundOp op,
                        lowp::RoundOp::Adaptor adaptor) {
  ArrayRef<int64_t> shape = b.shapeOf(adaptor.getInput());
  auto storage = cast<IntegerType>(getElementTypeOrSelf(op.getType()));
  SmallVector<Value> inputs{adaptor.getInput()};
  if (adaptor.getSeed())
    inputs.push_back(adaptor.getSeed());
  return b.pointwise(
      shape, storage, inputs,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        LinalgBuilder inner(loc, body);
        double low = -std::ldexp(1.0, storage.getWidth() - 1);
        return roundToInteger(
            inner, args[0], op.getMode(), low, -low - 1, storage, [&] {
              return drawWord(inner, shape, args[1],
                              static_cast<uint64_t>(op.getStream()));
            });
      });
}

//===----------------------------------------------------------------------===//
// Scales that are known at run time
//===----------------------------------------------------------------------===//

namespace {
struct EncodeLowering : OpConversionPattern<lowp::EncodeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowp::EncodeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Value x = adaptor.getInput();
    SmallVector<int64_t> shape(b.shapeOf(x));
    Type f32 = b.getF32Type();
    auto others = llvm::to_vector(
        llvm::seq<int64_t>(0, static_cast<int64_t>(shape.size()) - 1));
    // A maximum has no order; NaN is none.
    Value largest = b.reduce(
        x, others, b.scalar(f32, 0),
        [](OpBuilder &body, Location loc, ValueRange args) -> Value {
          return arith::MaxNumFOp::create(
              body, loc, args[1], math::AbsFOp::create(body, loc, args[0]));
        });
    Value scales = b.pointwise(
        b.shapeOf(largest), f32, largest,
        [](OpBuilder &body, Location loc, ValueRange args) -> Value {
          nn::ScalarExpr e(body, loc, args[0].getType(), false);
          Value scale = e.div(args[0], e.constant(kLargestCode));
          Value infinity = e.constant(std::numeric_limits<double>::infinity());
          return e.select(e.lt(scale, infinity), scale, e.constant(0));
        });
    SmallVector<Value> inputs{x, scales};
    if (adaptor.getSeed())
      inputs.push_back(adaptor.getSeed());
    IntegerType storage = rewriter.getI8Type();
    Value codes = b.pointwise(
        shape, storage, inputs,
        [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
          LinalgBuilder inner(loc, body);
          nn::ScalarExpr e(inner, loc, args[0].getType(), false);
          Value quotient = e.select(e.gt(args[1], e.constant(0)),
                                    e.div(args[0], args[1]), e.constant(0));
          return roundToInteger(inner, quotient, op.getMode(), -kLargestCode,
                                kLargestCode, storage, [&] {
                                  return drawWord(
                                      inner, shape, args[2],
                                      static_cast<uint64_t>(op.getStream()));
                                });
        });
    makeStrict(scales.getDefiningOp());
    makeStrict(codes.getDefiningOp());
    rewriter.replaceOp(op, {codes, scales});
    return success();
  }
  /// Codes are symmetric.
  static constexpr double kLargestCode = 127;
};
} // namespace

static Value lowerDecode(LinalgBuilder &b, lowp::DecodeOp op,
                         lowp::DecodeOp::Adaptor adaptor) {
  return b.pointwise(
      b.shapeOf(adaptor.getCodes()), b.getF32Type(),
      {adaptor.getCodes(), adaptor.getScales()},
      [&](OpBuilder &body, Location loc, ValueRange args) {
        Value code =
            arith::SIToFPOp::create(body, loc, body.getF32Type(), args[0]);
        return arith::MulFOp::create(body, loc, code, args[1]).getResult();
      });
}

//===----------------------------------------------------------------------===//
// Fake quantization
//===----------------------------------------------------------------------===//

namespace {
/// x / s and what becomes of it, in a generic's body. In double precision, as
/// codes are: the value is the one that a code of this scale stands for.
struct FakeQuantBody {
  template <typename OpTy>
  FakeQuantBody(OpTy op, OpBuilder &b, Location loc, Value x, Value scale)
      : b(b), loc(loc), scale(toDouble(b, loc, scale)) {
    v = arith::DivFOp::create(b, loc, toDouble(b, loc, x), this->scale);
    auto zero = static_cast<int64_t>(op.getZeroPoint());
    low = constant(double(static_cast<int64_t>(op.getQmin()) - zero));
    high = constant(double(static_cast<int64_t>(op.getQmax()) - zero));
  }

  Value constant(double value) {
    return arith::ConstantOp::create(b, loc, b.getF64FloatAttr(value));
  }
  Value select(arith::CmpFPredicate predicate, Value x, Value y, Value chosen,
               Value other) {
    Value holds = arith::CmpFOp::create(b, loc, predicate, x, y);
    return arith::SelectOp::create(b, loc, holds, chosen, other);
  }
  Value round(bool relaxed) {
    return relaxed ? v : math::RoundEvenOp::create(b, loc, v).getResult();
  }
  Value truncate(Value x, Type element) {
    if (element.isF64())
      return x;
    return arith::TruncFOp::create(b, loc, element, x);
  }

  OpBuilder &b;
  Location loc;
  Value scale, v, low, high;
};
} // namespace

/// How a generic over the input reads the scale.
template <typename OpTy> static AffineMap scaleMap(LinalgBuilder &b, OpTy op) {
  unsigned rank = cast<RankedTensorType>(op.getInput().getType()).getRank();
  if (std::optional<int64_t> axis = op.getAxis())
    return b.map(rank, {b.dim(static_cast<unsigned>(*axis))});
  return b.map(rank, {});
}

static Value lowerFakeQuantize(LinalgBuilder &b, lowp::FakeQuantizeOp op,
                               lowp::FakeQuantizeOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  AffineMap maps[] = {b.getMultiDimIdentityMap(b.shapeOf(x).size()),
                      scaleMap(b, op)};
  Type element = b.elementOf(x);
  return b.parallel(
      b.shapeOf(x), element, {x, adaptor.getScale()}, maps,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        FakeQuantBody q(op, body, loc, args[0], args[1]);
        // Comparisons that NaN fails leave it as it is.
        Value code = q.round(op.getRelaxed());
        code = q.select(arith::CmpFPredicate::OLT, code, q.low, q.low, code);
        code = q.select(arith::CmpFPredicate::OGT, code, q.high, q.high, code);
        return q.truncate(arith::MulFOp::create(body, loc, code, q.scale),
                          element);
      });
}

static Value
lowerFakeQuantizeInputGrad(LinalgBuilder &b, lowp::FakeQuantizeInputGradOp op,
                           lowp::FakeQuantizeInputGradOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  AffineMap identity = b.getMultiDimIdentityMap(b.shapeOf(x).size());
  AffineMap maps[] = {identity, identity, scaleMap(b, op)};
  Type element = b.elementOf(x);
  return b.parallel(
      b.shapeOf(x), element, {adaptor.getGradient(), x, adaptor.getScale()},
      maps, [&](OpBuilder &body, Location loc, ValueRange args) {
        FakeQuantBody q(op, body, loc, args[1], args[2]);
        Value zero = nn::createSplat(body, loc, element, 0);
        Value dx =
            q.select(arith::CmpFPredicate::OGE, q.v, q.low, args[0], zero);
        return q.select(arith::CmpFPredicate::OLE, q.v, q.high, dx, zero);
      });
}

static Value
lowerFakeQuantizeScaleGrad(LinalgBuilder &b, lowp::FakeQuantizeScaleGradOp op,
                           lowp::FakeQuantizeScaleGradOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  size_t rank = b.shapeOf(x).size();
  AffineMap identity = b.getMultiDimIdentityMap(rank), scale = scaleMap(b, op);
  AffineMap maps[] = {identity, identity, scale, scale};
  SmallVector<Iterator> iterators(rank, Iterator::reduction);
  if (std::optional<int64_t> axis = op.getAxis())
    iterators[*axis] = Iterator::parallel;
  Type sum = b.accumulatorOf(b.elementOf(x));
  auto flags = arith::FastMathFlags::contract | arith::FastMathFlags::reassoc;
  Value result = b.generic(
      ValueRange{adaptor.getGradient(), x, adaptor.getScale()},
      b.zeros(b.shapeOf(adaptor.getScale()), sum), maps, iterators,
      [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
        FakeQuantBody q(op, body, loc, args[1], args[2]);
        Value slope =
            arith::SubFOp::create(body, loc, q.round(op.getRelaxed()), q.v);
        slope = q.select(arith::CmpFPredicate::OLT, q.v, q.low, q.low, slope);
        slope = q.select(arith::CmpFPredicate::OGT, q.v, q.high, q.high, slope);
        slope = arith::MulFOp::create(
            body, loc, slope,
            q.constant(op.getGradientScale().convertToDouble()));
        Value part = arith::MulFOp::create(body, loc,
                                           toDouble(body, loc, args[0]), slope);
        return arith::AddFOp::create(body, loc, args[3], q.truncate(part, sum),
                                     flags);
      });
  return b.convert(result, b.elementOf(x));
}

void coppice::populateNumberFormatLowering(RewritePatternSet &patterns,
                                           const TypeConverter &converter) {
  patterns.add<ClampLowering, StorageCastLowering, EncodeLowering>(
      converter, patterns.getContext());
  addLowerings(patterns, converter, lowerQuantize, lowerDequantize,
               lowerRangeMask, lowerSelectByMask, lowerRound, lowerDecode,
               lowerFakeQuantize, lowerFakeQuantizeInputGrad,
               lowerFakeQuantizeScaleGrad);
}
