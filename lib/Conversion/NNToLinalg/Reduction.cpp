//===- Reduction.cpp - Reductions, norms and losses to linalg ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"

using namespace mlir;
using namespace coppice;
using Iterator = LinalgBuilder::Iterator;

static double extentOf(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes) {
  int64_t count = 1;
  for (int64_t axis : axes)
    count *= shape[axis];
  return static_cast<double>(count);
}

static Value maximum(LinalgBuilder &b, Value x, ArrayRef<int64_t> axes,
                     bool keepdims, bool isUnsigned = false) {
  Type element = b.elementOf(x);
  return b.reduce(
      x, axes, b.lowest(element, isUnsigned),
      [&](OpBuilder &body, Location loc, ValueRange args) {
        return nn::ScalarExpr(body, loc, element, isUnsigned)
            .max(args[1], args[0]);
      },
      keepdims);
}

static Value lowerReduce(LinalgBuilder &b, nn::ReduceOp op,
                         nn::ReduceOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  Type element = b.elementOf(x);
  ArrayRef<int64_t> axes = op.getAxes();
  bool isUnsigned = nn::detail::isUnsigned(op.getInput().getType());
  bool keepdims = op.getKeepdims();
  Value result;
  switch (op.getKind()) {
  case nn::ReductionKind::sum:
    result = b.convert(b.sum(x, axes, keepdims), element);
    break;
  case nn::ReductionKind::mean: {
    Value sum = b.sum(x, axes, keepdims);
    double count = extentOf(b.shapeOf(x), axes);
    Type type = b.elementOf(sum);
    sum = b.pointwise(b.shapeOf(sum), type, sum,
                      [&](OpBuilder &body, Location loc, ValueRange args) {
                        nn::ScalarExpr e(body, loc, type, isUnsigned);
                        return e.div(args[0], e.constant(count));
                      });
    result = b.convert(sum, element);
    break;
  }
  case nn::ReductionKind::max:
    result = maximum(b, x, axes, keepdims, isUnsigned);
    break;
  case nn::ReductionKind::min:
    result = b.reduce(
        x, axes, b.highest(element, isUnsigned),
        [&](OpBuilder &body, Location loc, ValueRange args) {
          return nn::ScalarExpr(body, loc, element, isUnsigned)
              .min(args[1], args[0]);
        },
        keepdims);
    break;
  case nn::ReductionKind::prod:
    result = b.reduce(
        x, axes, b.scalar(element, 1),
        [&](OpBuilder &body, Location loc, ValueRange args) {
          return nn::ScalarExpr(body, loc, element, isUnsigned)
              .mul(args[1], args[0]);
        },
        keepdims);
    break;
  }
  return result;
}

/// result[i] = product of all elements along the axes but i. Loops over the
/// result and, once more, over the axes.
static Value lowerProdGrad(LinalgBuilder &b, nn::ProdGradOp op,
                           nn::ProdGradOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  Type element = b.elementOf(x);
  ArrayRef<int64_t> shape = b.shapeOf(x);
  unsigned rank = shape.size(), dims = rank + op.getAxes().size();
  SmallVector<AffineExpr> in, out;
  for (unsigned i = 0; i < rank; ++i) {
    in.push_back(b.dim(i));
    out.push_back(b.dim(i));
  }
  for (auto [i, axis] : llvm::enumerate(op.getAxes()))
    in[axis] = b.dim(rank + i);
  SmallVector<Iterator> iterators(rank, Iterator::parallel);
  iterators.append(op.getAxes().size(), Iterator::reduction);
  // The result's extents bound the parallel loops, those of x the others.
  AffineMap maps[] = {b.map(dims, in), b.map(dims, out)};
  return b.generic(
      x, b.filled(shape, b.scalar(element, 1)), maps, iterators,
      [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
        nn::ScalarExpr e(body, loc, element, false);
        Value same;
        for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
          Value mine = linalg::IndexOp::create(body, loc, axis);
          Value other = linalg::IndexOp::create(body, loc, rank + i);
          Value equal = arith::CmpIOp::create(
              body, loc, arith::CmpIPredicate::eq, mine, other);
          same = same ? e.logicalAnd(same, equal) : equal;
        }
        if (!same)
          return args[1];
        return e.mul(args[1], e.select(same, e.constant(1), args[0]));
      });
}

//===----------------------------------------------------------------------===//
// Normalisation and softmax
//===----------------------------------------------------------------------===//

namespace {
struct NormalizeLowering : OpConversionPattern<nn::NormalizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::NormalizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (hasCodes(op))
      return rewriter.notifyMatchFailure(op, "a layer on codes");
    LinalgBuilder b(op.getLoc(), rewriter);
    Value x = adaptor.getInput();
    Type element = b.elementOf(x), type = b.accumulatorOf(element);
    SmallVector<int64_t> shape(b.shapeOf(x));
    ArrayRef<int64_t> axes = op.getAxes();
    SmallVector<int64_t> kept = nn::keptShape(shape, axes);
    double count = extentOf(shape, axes);
    bool centered = !op.getUncentered();
    x = b.convert(x, type);

    auto meanOf = [&](Value x) {
      Value sum = b.sum(x, axes, /*keepdims=*/true);
      return b.pointwise(kept, type, sum,
                         [&](OpBuilder &body, Location loc, ValueRange args) {
                           nn::ScalarExpr e(body, loc, type, false);
                           return e.div(args[0], e.constant(count));
                         });
    };
    Value mean = centered ? meanOf(x) : b.zeros(kept, type);
    // Two passes, because the one-pass formula cancels.
    Value squares =
        b.pointwise(shape, type, centered ? ValueRange{x, mean} : ValueRange{x},
                    [&](OpBuilder &body, Location loc, ValueRange args) {
                      nn::ScalarExpr e(body, loc, type, false);
                      Value d = centered ? e.sub(args[0], args[1]) : args[0];
                      return e.mul(d, d);
                    });
    Value variance = meanOf(squares);
    double epsilon = op.getEpsilon().convertToDouble();
    Value inverse =
        b.pointwise(kept, type, variance,
                    [&](OpBuilder &body, Location loc, ValueRange args) {
                      nn::ScalarExpr e(body, loc, type, false);
                      return e.rsqrt(e.add(args[0], e.constant(epsilon)));
                    });
    SmallVector<Value> inputs{x, inverse};
    if (centered)
      inputs.push_back(mean);
    Value result =
        b.pointwise(shape, type, inputs,
                    [&](OpBuilder &body, Location loc, ValueRange args) {
                      nn::ScalarExpr e(body, loc, type, false);
                      Value d = centered ? e.sub(args[0], args[2]) : args[0];
                      return e.mul(d, args[1]);
                    });
    rewriter.replaceOp(op,
                       {b.convert(result, element), b.convert(mean, element),
                        b.convert(variance, element)});
    return success();
  }
};
} // namespace

static Value exponentials(LinalgBuilder &b, Value x, Value shift) {
  Type type = b.elementOf(x);
  return b.pointwise(b.shapeOf(x), type, {x, shift},
                     [&](OpBuilder &body, Location loc, ValueRange args) {
                       nn::ScalarExpr e(body, loc, type, false);
                       return e.exp(e.sub(args[0], args[1]));
                     });
}

static Value lowerSoftmax(LinalgBuilder &b, nn::SoftmaxOp op,
                          nn::SoftmaxOp::Adaptor adaptor) {
  Type element = b.elementOf(adaptor.getInput());
  int64_t axis = op.getAxis();
  Value x = b.convert(adaptor.getInput(), b.accumulatorOf(element));
  Type type = b.elementOf(x);
  Value powers = exponentials(b, x, maximum(b, x, axis, /*keepdims=*/true));
  Value sum = b.sum(powers, axis, /*keepdims=*/true);
  Value result = b.pointwise(
      b.shapeOf(x), type, {powers, sum},
      [&](OpBuilder &body, Location loc, ValueRange args) {
        return nn::ScalarExpr(body, loc, type, false).div(args[0], args[1]);
      });
  return b.convert(result, element);
}

/// Returns log(sum(exp(x - shift))) along `axis`, with the axis kept.
static Value logSum(LinalgBuilder &b, Value x, Value shift, int64_t axis) {
  Type type = b.elementOf(x);
  Value sum = b.sum(exponentials(b, x, shift), axis, /*keepdims=*/true);
  return b.pointwise(
      b.shapeOf(sum), type, sum,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        return nn::ScalarExpr(body, loc, type, false).log(args[0]);
      });
}

static Value lowerLogSoftmax(LinalgBuilder &b, nn::LogSoftmaxOp op,
                             nn::LogSoftmaxOp::Adaptor adaptor) {
  Type element = b.elementOf(adaptor.getInput());
  Value x = b.convert(adaptor.getInput(), b.accumulatorOf(element));
  Type type = b.elementOf(x);
  Value shift = maximum(b, x, op.getAxis(), /*keepdims=*/true);
  Value log = logSum(b, x, shift, op.getAxis());
  Value result =
      b.pointwise(b.shapeOf(x), type, {x, shift, log},
                  [&](OpBuilder &body, Location loc, ValueRange args) {
                    nn::ScalarExpr e(body, loc, type, false);
                    return e.sub(e.sub(args[0], args[1]), args[2]);
                  });
  return b.convert(result, element);
}

//===----------------------------------------------------------------------===//
// Loss and labels
//===----------------------------------------------------------------------===//

/// Whether the index of loop `dim` equals `label`, an integer of any width. A
/// label outside of the loop's range equals none.
static Value isLabel(OpBuilder &b, Location loc, Value label, bool isUnsigned,
                     int64_t dim) {
  Type wide = b.getI64Type();
  if (label.getType() != wide)
    label = isUnsigned
                ? arith::ExtUIOp::create(b, loc, wide, label).getResult()
                : arith::ExtSIOp::create(b, loc, wide, label).getResult();
  Value index = arith::IndexCastOp::create(
      b, loc, wide, linalg::IndexOp::create(b, loc, dim));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, label, index);
}

static Value lowerCrossEntropy(LinalgBuilder &b, nn::SoftmaxCrossEntropyOp op,
                               nn::SoftmaxCrossEntropyOp::Adaptor adaptor) {
  Type element = b.elementOf(adaptor.getLogits());
  Value x = b.convert(adaptor.getLogits(), b.accumulatorOf(element));
  Type type = b.elementOf(x);
  ArrayRef<int64_t> shape = b.shapeOf(x);
  bool isUnsigned = nn::detail::isUnsigned(op.getLabels().getType());
  Value shift = maximum(b, x, 1, /*keepdims=*/true);
  Value log = logSum(b, x, shift, 1);
  AffineExpr n = b.dim(0), k = b.dim(1);
  AffineMap row = b.map(2, {n, b.getAffineConstantExpr(0)});
  AffineMap maps[] = {b.map(2, {n, k}), row, row, b.map(2, {n}), b.map(2, {})};
  Iterator iterators[] = {Iterator::reduction, Iterator::reduction};
  Value sum =
      b.generic({x, shift, log, adaptor.getLabels()}, b.zeros({}, type), maps,
                iterators, [&](OpBuilder &body, Location loc, ValueRange args) {
                  nn::ScalarExpr e(body, loc, type, false);
                  Value loss = e.sub(args[2], e.sub(args[0], args[1]));
                  Value mine = isLabel(body, loc, args[3], isUnsigned, 1);
                  return e.add(args[4], e.select(mine, loss, e.constant(0)));
                });
  double rows = static_cast<double>(shape[0]);
  Value mean = b.pointwise({}, type, sum,
                           [&](OpBuilder &body, Location loc, ValueRange args) {
                             nn::ScalarExpr e(body, loc, type, false);
                             return e.div(args[0], e.constant(rows));
                           });
  return b.convert(mean, element);
}

static Value lowerOneHot(LinalgBuilder &b, nn::OneHotOp op,
                         nn::OneHotOp::Adaptor adaptor) {
  auto type = cast<RankedTensorType>(op.getType());
  int64_t last = type.getRank() - 1;
  Type element = type.getElementType();
  if (auto integer = dyn_cast<IntegerType>(element))
    element = b.getIntegerType(integer.getWidth());
  bool isUnsigned = nn::detail::isUnsigned(op.getLabels().getType());
  SmallVector<AffineExpr> results;
  for (int64_t i = 0; i < last; ++i)
    results.push_back(b.dim(i));
  return b.parallel(
      type.getShape(), element, adaptor.getLabels(), b.map(last + 1, results),
      [&](OpBuilder &body, Location loc, ValueRange args) {
        nn::ScalarExpr e(body, loc, element, false);
        return e.select(isLabel(body, loc, args[0], isUnsigned, last),
                        e.constant(1), e.constant(0));
      });
}

void coppice::populateReductionLowering(RewritePatternSet &patterns,
                                        const TypeConverter &converter) {
  patterns.add<NormalizeLowering>(converter, patterns.getContext());
  addCodeLowerings(patterns, converter, lowerReduce);
  addLowerings(patterns, converter, lowerProdGrad, lowerSoftmax,
               lowerLogSoftmax, lowerCrossEntropy, lowerOneHot);
}
