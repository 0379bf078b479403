//===- QuantizedNormalize.cpp - Layer norms on codes ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "lib/Conversion/NNToLinalg/FixedPoint.h"
#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace coppice;

namespace {
/// Rows of bytes that are normalized (compare I-BERT, arXiv 2101.01321, and
/// I-ViT, arXiv 2207.01405). With n elements, q their codes minus the zero
/// point and S the sum of those, c = n q - S is exact, and (x - mean) /
/// sqrt(variance + epsilon) = c / sqrt(sum(c^2) / n + n^2 epsilon / s^2).
/// Uncentered, c is q and n^2 is 1. Sums of integers have no order.
class NormalizedRows {
public:
  NormalizedRows(LinalgBuilder &b, Value x, ArrayRef<int64_t> axes,
                 quant::QuantizedType from, double epsilon, bool centered)
      : x(x), read(from), shape(b.shapeOf(x)) {
    for (int64_t axis : axes)
      count *= shape[axis];
    factor = centered ? count : 1;
    double scale = lowp::getScales(from).scales.front();
    least = double(factor) * double(factor) * epsilon / (scale * scale);
    SmallVector<AffineExpr> kept;
    SmallVector<LinalgBuilder::Iterator> iterators(
        shape.size(), LinalgBuilder::Iterator::parallel);
    for (auto [i, extent] : llvm::enumerate(shape)) {
      if (llvm::is_contained(axes, int64_t(i))) {
        iterators[i] = LinalgBuilder::Iterator::reduction;
        continue;
      }
      kept.push_back(b.dim(i));
      rows.push_back(extent);
    }
    all = b.getMultiDimIdentityMap(shape.size());
    perRow = b.map(shape.size(), kept);
    sums = b.zeros(rows, b.getI32Type());
    if (centered)
      sums = b.generic(x, sums, {all, perRow}, iterators,
                       [&](OpBuilder &body, Location loc, ValueRange args) {
                         return FixedPointBuilder(body, loc).add(
                             args[1], read.centred(body, loc, args[0], args));
                       });
    squares = b.generic(ValueRange{x, sums}, b.zeros(rows, b.getI64Type()),
                        {all, perRow, perRow}, iterators,
                        [&](OpBuilder &body, Location loc, ValueRange args) {
                          FixedPointBuilder fixed(body, loc);
                          Value c = fixed.resize(centre(body, loc, args), 64);
                          return fixed.add(args[2], fixed.mul(c, c));
                        });
  }

  /// Computes the roots by integers, in i64 with `getRootBits()` fractional
  /// bits.
  void takeIntegerRoots(LinalgBuilder &b) {
    int64_t epsilon = std::llrint(std::min(std::ldexp(least, 2 * getRootBits()),
                                           double(int64_t(1) << 61)));
    roots = b.pointwise(
        rows, b.getI64Type(), squares,
        [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
          FixedPointBuilder fixed(body, loc);
          Value mean =
              fixed.divideRounded(fixed.shiftLeft(args[0], 2 * getRootBits()),
                                  fixed.constant(count, 64));
          Value root =
              fixed.squareRoot(fixed.add(mean, fixed.constant(epsilon, 64)));
          // If all elements are equal and epsilon is 0, the quotient is 0 / 1.
          return arith::MaxSIOp::create(body, loc, root, fixed.constant(1, 64));
        });
  }
  /// Computes the roots in double precision.
  void takeRealRoots(LinalgBuilder &b) {
    roots = b.pointwise(
        rows, b.getF64Type(), squares,
        [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
          auto constant = [&](double value) -> Value {
            return arith::ConstantOp::create(body, loc,
                                             body.getF64FloatAttr(value));
          };
          Value mean = arith::DivFOp::create(body, loc, toReal(body, loc, args),
                                             constant(double(count)));
          mean = arith::AddFOp::create(body, loc, mean, constant(least));
          return math::SqrtOp::create(body, loc, mean);
        });
  }

  /// Writes codes of `to` that `finish` makes of each element. The arguments of
  /// `finish` are code, sum and root, and then `tables`, one number for each
  /// index of the last axis.
  Value write(LinalgBuilder &b, IntegerType storage, ArrayRef<Value> tables,
              LinalgBuilder::Body finish) const {
    SmallVector<Value> inputs{x, sums, roots};
    SmallVector<AffineMap> maps{all, perRow, perRow};
    for (Value table : tables) {
      inputs.push_back(table);
      maps.push_back(b.map(shape.size(), {b.dim(shape.size() - 1)}));
    }
    return b.parallel(shape, storage, inputs, maps, finish);
  }

  /// The fractional bits of the normalized number of an element, c / root; no
  /// such number exceeds sqrt(n).
  static constexpr int kBits = 16;
  Value getFixed(OpBuilder &b, Location loc, ValueRange args) const {
    FixedPointBuilder fixed(b, loc);
    Value c = fixed.shiftLeft(fixed.resize(centre(b, loc, args), 64),
                              kBits + getRootBits());
    return fixed.divideRounded(c, args[2]);
  }
  Value getReal(OpBuilder &b, Location loc, ValueRange args) const {
    Value c =
        arith::SIToFPOp::create(b, loc, b.getF64Type(), centre(b, loc, args));
    return arith::DivFOp::create(b, loc, c, args[2]);
  }

private:
  Value centre(OpBuilder &b, Location loc, ValueRange args) const {
    FixedPointBuilder fixed(b, loc);
    return fixed.sub(
        fixed.mul(read.centred(b, loc, args[0], args), fixed.constant(factor)),
        args[1]);
  }
  static Value toReal(OpBuilder &b, Location loc, ValueRange args) {
    return arith::SIToFPOp::create(b, loc, b.getF64Type(), args[0]);
  }
  int getRootBits() const {
    // The bits of c, and of the sum of its squares.
    int cBits = 10 + llvm::Log2_64_Ceil(factor);
    int sumBits = 2 * cBits + llvm::Log2_64_Ceil(count);
    return std::clamp((62 - sumBits) / 2, 0, 15);
  }

  Value x, sums, squares, roots;
  CodeFormat read;
  SmallVector<int64_t> shape, rows;
  AffineMap all, perRow;
  int64_t count = 1, factor;
  /// n^2 epsilon / s^2.
  double least;
};

/// By integers. The exact layer is computed on real numbers.
struct NormalizeOnCodes : OpConversionPattern<nn::NormalizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::NormalizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    quant::QuantizedType from = lowp::getQuantizedType(op.getInput().getType()),
                         to = lowp::getQuantizedType(op.getResult().getType());
    if (!from || !to || lowp::getRequantize(op) != lowp::Requantize::TFLite ||
        !lowp::whyNotFixedPoint(op, to).empty())
      return rewriter.notifyMatchFailure(op, "no layer of bytes by integers");
    if (!op.getMean().use_empty() || !op.getVariance().use_empty())
      return rewriter.notifyMatchFailure(op, "its statistics are read");
    LinalgBuilder b(op.getLoc(), rewriter);
    NormalizedRows rows(b, adaptor.getInput(), op.getAxes(), from,
                        op.getEpsilon().convertToDouble(), !op.getUncentered());
    rows.takeIntegerRoots(b);
    CodeFormat write(to);
    FixedPoint rescale = toFixedPoint(
        std::ldexp(1 / lowp::getScales(to).scales.front(), -rows.kBits));
    Value result = rows.write(
        b, write.getStorage(), {},
        [&](OpBuilder &body, Location loc, ValueRange args) {
          FixedPointBuilder fixed(body, loc);
          Value y = fixed.multiply(
              fixed.resize(rows.getFixed(body, loc, args), 32), rescale);
          return write.fromInteger(body, loc, y, args);
        });
    // The statistics must not be read.
    auto unread = [&](Value value) {
      auto type = cast<RankedTensorType>(value.getType());
      return b.empty(type.getShape(), type.getElementType());
    };
    rewriter.replaceOp(
        op, {result, unread(op.getMean()), unread(op.getVariance())});
    return success();
  }
};

struct LayerNormLowering : OpConversionPattern<lowp::LayerNormOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowp::LayerNormOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    quant::QuantizedType from = lowp::getQuantizedType(op.getInput().getType()),
                         to = lowp::getQuantizedType(op.getResult().getType());
    if (!lowp::whyNotFixedPoint(op, to).empty())
      return rewriter.notifyMatchFailure(op, "no rows of bytes");
    LinalgBuilder b(op.getLoc(), rewriter);
    Value x = adaptor.getInput();
    auto last = static_cast<int64_t>(b.shapeOf(x).size()) - 1;
    NormalizedRows rows(b, x, last, from, op.getEpsilon().convertToDouble(),
                        !op.getUncentered());
    bool isFixed = lowp::getRequantize(op) == lowp::Requantize::TFLite;
    rewriter.replaceOp(op, isFixed ? writeFixed(b, op, rows, to)
                                   : writeExact(b, op, rows, to));
    return success();
  }

private:
  static Value writeExact(LinalgBuilder &b, lowp::LayerNormOp op,
                          NormalizedRows &rows, quant::QuantizedType to) {
    rows.takeRealRoots(b);
    CodeFormat write(to);
    auto table = [&](ArrayRef<double> numbers) {
      return b.table({int64_t(numbers.size())}, numbers, b.getF64Type());
    };
    return rows.write(
        b, write.getStorage(), {table(op.getGamma()), table(op.getBeta())},
        [&](OpBuilder &body, Location loc, ValueRange args) {
          Value y = arith::MulFOp::create(
              body, loc, rows.getReal(body, loc, args), args[3]);
          y = arith::AddFOp::create(body, loc, y, args[4]);
          // If all elements are equal and epsilon is 0, the quotient is 0 / 0.
          return write.toCode(body, loc, y, args, /*mayBeNaN=*/true);
        });
  }

  /// (u g + h) / 2^p, where u is the normalized number, and g and h are gamma
  /// and beta in units of the result's scale, as precise as 64 bits allow. The
  /// result is rounded once.
  static Value writeFixed(LinalgBuilder &b, lowp::LayerNormOp op,
                          NormalizedRows &rows, quant::QuantizedType to) {
    rows.takeIntegerRoots(b);
    CodeFormat write(to);
    double scale = lowp::getScales(to).scales.front(), most = 0;
    for (ArrayRef<double> numbers : {op.getGamma(), op.getBeta()})
      for (double number : numbers)
        most = std::max(most, std::abs(number) / scale);
    // u has 24 bits, 16 of them fractional. `whyNotLayerNorm` limits gamma and
    // beta to 40 bits.
    int point = std::min(44, 52 - std::max(0, std::ilogb(most) + 1));
    auto table = [&](ArrayRef<double> numbers, int bits) {
      SmallVector<int64_t> integers;
      for (double number : numbers)
        integers.push_back(std::llrint(std::ldexp(number / scale, bits)));
      return b.table(integers);
    };
    return rows.write(
        b, write.getStorage(),
        {table(op.getGamma(), point - rows.kBits), table(op.getBeta(), point)},
        [&](OpBuilder &body, Location loc, ValueRange args) {
          FixedPointBuilder fixed(body, loc);
          Value y = fixed.add(
              fixed.mul(rows.getFixed(body, loc, args), args[3]), args[4]);
          y = fixed.shiftRight(
              fixed.add(y, fixed.constant(int64_t(1) << (point - 1), 64)),
              point);
          // The bound exceeds every result's range.
          Value bound = fixed.constant(1 << 30, 64);
          y = arith::MinSIOp::create(body, loc, y, bound);
          y = arith::MaxSIOp::create(body, loc, y,
                                     fixed.constant(-(1 << 30), 64));
          return write.fromInteger(body, loc, fixed.resize(y, 32), args);
        });
  }
};
} // namespace

void coppice::populateQuantizedNormalizeLowering(
    RewritePatternSet &patterns, const TypeConverter &converter) {
  patterns.add<NormalizeOnCodes, LayerNormLowering>(converter,
                                                    patterns.getContext());
}
