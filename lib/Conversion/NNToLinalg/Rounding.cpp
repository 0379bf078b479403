//===- Rounding.cpp - Rounding and computed scales --------------*- C++ -*-===//
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

/// Returns floor(x + u), u = word / 2^32, without rounding the sum.
static Value roundUpAbove(LinalgBuilder &b, Value x, Value word) {
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(value));
  };
  Value u = arith::MulFOp::create(
      b, arith::UIToFPOp::create(b, b.getF64Type(), word), constant(0x1p-32));
  Value floor = math::FloorOp::create(b, x);
  Value fraction = arith::SubFOp::create(b, x, floor);
  Value up =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, u,
                            arith::SubFOp::create(b, constant(1), fraction));
  Value step = arith::SelectOp::create(b, up, constant(1), constant(0));
  return arith::AddFOp::create(b, floor, step);
}

/// Returns `x` as an integer in [low, high]; `word` draws a random number.
static Value roundToInteger(LinalgBuilder &b, Value x, lowp::RoundingMode mode,
                            double low, double high, IntegerType storage,
                            function_ref<Value()> word) {
  x = toDouble(b, b.getLoc(), x);
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(value));
  };
  Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
  x = arith::SelectOp::create(b, isNaN, constant(0), x);
  // Saturate first, so that numbers in range keep their fractions.
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
    // A maximum does not depend on its order, and skips NaN.
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

void coppice::populateRoundingLowering(RewritePatternSet &patterns,
                                       const TypeConverter &converter) {
  patterns.add<EncodeLowering>(converter, patterns.getContext());
  addLowerings(patterns, converter, lowerRound, lowerDecode);
}
