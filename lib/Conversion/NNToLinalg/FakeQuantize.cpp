//===- FakeQuantize.cpp - Fake quantization and its gradients ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Codes.h"
#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace coppice;
using Iterator = LinalgBuilder::Iterator;

namespace {
/// Computes x / s, its code and the real value of the code in a generic's body.
/// It uses double precision, as layers on codes do, so that the value is
/// exactly that of a code of this scale.
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

/// Returns the indexing map of the scale in a generic over the input.
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
        // The comparisons are false for NaN, so NaN stays.
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

void coppice::populateFakeQuantizeLowering(RewritePatternSet &patterns,
                                           const TypeConverter &converter) {
  addLowerings(patterns, converter, lowerFakeQuantize,
               lowerFakeQuantizeInputGrad, lowerFakeQuantizeScaleGrad);
}
