//===- QuantizedReduction.cpp - Means and softmax on codes ------*- C++ -*-===//
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
/// The divisors of sums of codes minus their zero points: one number, or one
/// for each place of an image.
struct Divisors {
  SmallVector<double> counts;
  /// Whether this is a mean, even of one element: TensorFlow Lite has separate
  /// kernels for means.
  bool isMean;

  bool isOne() const { return llvm::all_equal(counts); }
};

/// The inputs of a loop over sums: the sums, and the divisor for each place of
/// an image.
struct PlaceInputs {
  PlaceInputs(LinalgBuilder &b, Value sums)
      : rank(b.shapeOf(sums).size()), values{sums},
        maps{b.getMultiDimIdentityMap(rank)} {}

  void add(LinalgBuilder &b, Value table) {
    values.push_back(table);
    maps.push_back(b.map(rank, {b.dim(1), b.dim(2)}));
  }
  void add(LinalgBuilder &b, ArrayRef<int32_t> numbers) {
    ArrayRef<int64_t> shape = b.shapeOf(values.front());
    add(b,
        arith::ConstantOp::create(
            b, DenseIntElementsAttr::get(
                   RankedTensorType::get({shape[1], shape[2]}, b.getI32Type()),
                   numbers)));
  }

  unsigned rank;
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
};

} // namespace

/// Rescales sums to codes by real arithmetic.
static Value rescaleExact(LinalgBuilder &b, Value sums, Type from, Type to,
                          const Divisors &divisors) {
  CodeFormat write(lowp::getQuantizedType(to));
  SmallVector<int64_t> shape(b.shapeOf(sums));
  double scale = lowp::getScales(lowp::getQuantizedType(from)).scales.front();
  PlaceInputs inputs(b, sums);
  double count = divisors.counts.front();
  bool isOne = divisors.isOne();
  if (!isOne)
    inputs.add(b,
               b.table({shape[1], shape[2]}, divisors.counts, b.getF64Type()));
  write.bind(b, inputs.values, inputs.maps, inputs.maps.front());
  return b.parallel(
      shape, write.getStorage(), inputs.values, inputs.maps,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        auto constant = [&](double value) -> Value {
          return arith::ConstantOp::create(body, loc,
                                           body.getF64FloatAttr(value));
        };
        Value real =
            arith::SIToFPOp::create(body, loc, body.getF64Type(), args[0]);
        real = arith::MulFOp::create(body, loc, real, constant(scale));
        if (!isOne || count != 1)
          real = arith::DivFOp::create(body, loc, real,
                                       isOne ? constant(count) : args[1]);
        return write.toCode(body, loc, real, args);
      });
}

/// Rescales as TensorFlow Lite does. A mean in the format of its codes is a
/// division of their sum (AveragePool); any other mean has 1 / count in its
/// multiplier (QuantizedMeanOrSum).
static Value rescaleFixed(LinalgBuilder &b, Value sums, Type from, Type to,
                          const Divisors &divisors) {
  lowp::Scales source = lowp::getScales(lowp::getQuantizedType(from)),
               target = lowp::getScales(lowp::getQuantizedType(to));
  CodeFormat write(lowp::getQuantizedType(to));
  int64_t zero = target.zeroPoints.front();
  bool inPlace = divisors.isMean && source.scales == target.scales &&
                 source.zeroPoints == target.zeroPoints;
  FixedPoint factor =
      toFixedPoint(source.scales.front() / target.scales.front());
  SmallVector<int32_t> counts, multipliers, shifts;
  for (double count : divisors.counts) {
    FixedPoint by =
        divisors.isMean ? divide(factor, static_cast<int64_t>(count)) : factor;
    counts.push_back(static_cast<int32_t>(count));
    multipliers.push_back(by.multiplier);
    shifts.push_back(-by.shift);
  }
  PlaceInputs inputs(b, sums);
  bool isOne = divisors.isOne();
  if (!isOne && inPlace) {
    inputs.add(b, counts);
  } else if (!isOne) {
    inputs.add(b, multipliers);
    inputs.add(b, shifts);
  }
  SmallVector<int64_t> shape(b.shapeOf(sums));
  return b.parallel(
      shape, write.getStorage(), inputs.values, inputs.maps,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        FixedPointBuilder fixed(body, loc);
        Value y;
        if (inPlace) {
          // The sum of the codes themselves is divided half away from zero.
          Value count = isOne ? fixed.constant(counts.front()) : args[1];
          Value sum =
              fixed.add(args[0], fixed.mul(count, fixed.constant(zero)));
          y = fixed.sub(fixed.divideRounded(sum, count), fixed.constant(zero));
        } else if (isOne) {
          y = fixed.multiply(args[0], {multipliers.front(), -shifts.front()});
        } else {
          // The shift may go to either side.
          Value none = fixed.constant(0);
          Value left =
              arith::MaxSIOp::create(body, loc, fixed.sub(none, args[2]), none);
          Value right = arith::MaxSIOp::create(body, loc, args[2], none);
          y = fixed.saturatingShiftLeft(args[0], left);
          y = fixed.roundingDoublingHighMul(y, args[1]);
          y = fixed.roundingDivideByPOT(y, right);
        }
        return write.fromInteger(body, loc, y, args);
      });
}

/// Converts `sums` of codes minus their zero points, divided, to codes.
static Value rescaleSums(LinalgBuilder &b, Value sums, Type from, Type to,
                         const Divisors &divisors, lowp::Requantize mode) {
  return mode == lowp::Requantize::TFLite
             ? rescaleFixed(b, sums, from, to, divisors)
             : rescaleExact(b, sums, from, to, divisors);
}

namespace {
/// Adds codes minus their zero point to an integer that holds `count` of them.
class CodeSum {
public:
  CodeSum(LinalgBuilder &b, Type type, int64_t count)
      : quantized(lowp::getQuantizedType(type)), format(quantized) {
    int64_t zero = lowp::getScales(quantized).zeroPoints.front();
    double most = std::max(double(quantized.getStorageTypeMax() - zero),
                           double(zero - quantized.getStorageTypeMin()));
    sum = b.getIntegerType(most * double(count) < 0x1p31 ? 32 : 64);
  }

  Type getType() const { return sum; }
  Value operator()(OpBuilder &b, Location loc, ValueRange args) const {
    Value x = format.centred(b, loc, args[0], args);
    if (x.getType() != sum)
      x = arith::ExtSIOp::create(b, loc, sum, x);
    return arith::AddIOp::create(b, loc, args[1], x);
  }

private:
  quant::QuantizedType quantized;
  CodeFormat format;
  Type sum;
};

} // namespace

/// Returns the sums that `op`, a mean or a sum, computes, and their divisors.
static std::pair<Value, Divisors> sumCodes(LinalgBuilder &b, nn::ReduceOp op,
                                           Value x) {
  bool isMean = op.getKind() == nn::ReductionKind::mean;
  int64_t count = 1;
  for (int64_t axis : op.getAxes())
    count *= b.shapeOf(x)[axis];
  CodeSum sum(b, op.getInput().getType(), count);
  Value sums = b.reduce(x, op.getAxes(), b.scalar(sum.getType(), 0), sum,
                        op.getKeepdims());
  return {sums, Divisors{{isMean ? double(count) : 1.0}, isMean}};
}

static std::pair<Value, Divisors> sumCodes(LinalgBuilder &b, nn::AvgPool2DOp op,
                                           Value x) {
  Type from = op.getInput().getType();
  SmallVector<int64_t> shape(op.getType().getShape());
  int64_t zero =
      lowp::getScales(lowp::getQuantizedType(from)).zeroPoints.front();
  x = padSpatial(b, x,
                 nn::reachedPads(b.shapeOf(x), shape, op.getKernel(),
                                 op.getStrides(), op.getPads(),
                                 op.getDilations()),
                 storedCode(b, b.elementOf(x), zero));
  CodeSum sum(b, from, op.getKernel()[0] * op.getKernel()[1]);
  Value sums =
      foldWindows(b, x, b.scalar(sum.getType(), 0), shape, op.getKernel(),
                  op.getStrides(), op.getDilations(), sum);
  return {sums, Divisors{nn::getWindowSizes(op), /*isMean=*/true}};
}

namespace {
template <typename OpT> struct SumLowering : OpConversionPattern<OpT> {
  using OpConversionPattern<OpT>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(OpT op, typename OpT::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type from = op.getInput().getType(), to = op.getType();
    if (lowp::getIntegerForm(op) != lowp::IntegerForm::sum ||
        !lowp::isSummable(lowp::getQuantizedType(from)) ||
        !lowp::isQuantizedTensor(to))
      return rewriter.notifyMatchFailure(op, "no sum of integers");
    LinalgBuilder b(op.getLoc(), rewriter);
    auto [sums, divisors] = sumCodes(b, op, adaptor.getInput());
    rewriter.replaceOp(
        op, rescaleSums(b, sums, from, to, divisors, lowp::getRequantize(op)));
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// The fractional bits of the powers. They are integers, so that their sum does
/// not depend on its order. A table has one for each distance from the maximum.
static int getPowerBits(lowp::Requantize mode) {
  // An integer quotient leaves room for 30 more bits.
  return mode == lowp::Requantize::TFLite ? 32 : 40;
}

namespace {
/// The part that softmax and its logarithm share, on codes of a byte. With d
/// the distance of a code from the largest of its row, e^(-d s) is one of 256
/// numbers.
class Powers {
public:
  Powers(LinalgBuilder &b, Value x, int64_t axis, quant::QuantizedType type,
         int bits)
      : x(x) {
    ArrayRef<int64_t> shape = b.shapeOf(x);
    double scale = lowp::getScales(type).scales.front();
    bool isUnsigned = !type.isSigned();
    Type byte = b.getI8Type();
    most = b.reduce(x, axis, b.lowest(byte, isUnsigned),
                    [&](OpBuilder &body, Location loc, ValueRange args) {
                      return nn::ScalarExpr(body, loc, byte, isUnsigned)
                          .max(args[1], args[0]);
                    });
    SmallVector<int64_t> powers;
    for (int d = 0; d < 256; ++d)
      powers.push_back(
          std::llrint(std::ldexp(std::exp(-double(d) * scale), bits)));
    table = b.table(powers);
    SmallVector<AffineExpr> row;
    for (size_t i = 0; i < shape.size(); ++i)
      if (int64_t(i) != axis)
        row.push_back(b.dim(i));
    all = b.getMultiDimIdentityMap(shape.size());
    rows = b.map(shape.size(), row);
    SmallVector<LinalgBuilder::Iterator> iterators(
        shape.size(), LinalgBuilder::Iterator::parallel);
    iterators[axis] = LinalgBuilder::Iterator::reduction;
    sum =
        b.generic(ValueRange{x, most}, b.zeros(b.shapeOf(most), b.getI64Type()),
                  {all, rows, rows}, iterators,
                  [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
                    return arith::AddIOp::create(
                        body, loc, args[2], get(body, loc, args[0], args[1]));
                  });
  }

  /// Returns the distance of a code, as an unsigned byte.
  static Value getDistance(OpBuilder &b, Location loc, Value code,
                           Value largest) {
    return arith::SubIOp::create(b, loc, largest, code);
  }
  /// Returns e^(-d s) of a code.
  Value get(OpBuilder &b, Location loc, Value code, Value largest) const {
    Value index = arith::IndexCastUIOp::create(
        b, loc, b.getIndexType(), getDistance(b, loc, code, largest));
    return tensor::ExtractOp::create(b, loc, table, index);
  }

  /// The codes, and the largest code and the sum of powers of each row.
  Value x, most, sum;
  AffineMap all, rows;

private:
  Value table;
};

/// Writes the codes of softmax or of its logarithm.
template <typename OpT> class SoftmaxCodes {
public:
  SoftmaxCodes(const Powers &powers, quant::QuantizedType from,
               quant::QuantizedType to)
      : powers(powers), from(lowp::getScales(from).scales.front()),
        to(lowp::getScales(to).scales.front()), write(to) {}

  Value create(LinalgBuilder &b, lowp::Requantize mode) {
    SmallVector<Value> inputs{powers.x, powers.most, powers.sum};
    SmallVector<AffineMap> maps{powers.all, powers.rows, powers.rows};
    bool isFixed = mode == lowp::Requantize::TFLite;
    if (isFixed && kIsLogarithm) {
      // Computed once for each row.
      inputs[2] =
          b.pointwise(b.shapeOf(powers.sum), b.getI64Type(), powers.sum,
                      [&](OpBuilder &body, Location loc, ValueRange args) {
                        return FixedPointBuilder(body, loc).log2(args[0]);
                      });
    }
    write.bind(b, inputs, maps, powers.all);
    return b.parallel(b.shapeOf(powers.x), write.getStorage(), inputs, maps,
                      [&](OpBuilder &body, Location loc, ValueRange args) {
                        return isFixed ? buildFixed(body, loc, args)
                                       : buildExact(body, loc, args);
                      });
  }

private:
  static constexpr bool kIsLogarithm = std::is_same_v<OpT, nn::LogSoftmaxOp>;

  Value buildExact(OpBuilder &b, Location loc, ValueRange args) {
    auto real = [&](Value integer) -> Value {
      return arith::SIToFPOp::create(b, loc, b.getF64Type(), integer);
    };
    auto constant = [&](double value) -> Value {
      return arith::ConstantOp::create(b, loc, b.getF64FloatAttr(value));
    };
    Value total = real(args[2]), value;
    if (!kIsLogarithm) {
      value = arith::DivFOp::create(
          b, loc, real(powers.get(b, loc, args[0], args[1])), total);
    } else {
      Value distance =
          arith::ExtUIOp::create(b, loc, b.getI32Type(),
                                 Powers::getDistance(b, loc, args[0], args[1]));
      Value shifted =
          arith::MulFOp::create(b, loc, real(distance), constant(-from));
      int bits = getPowerBits(lowp::Requantize::Exact);
      Value sums = arith::MulFOp::create(b, loc, total,
                                         constant(std::ldexp(1.0, -bits)));
      value = arith::SubFOp::create(b, loc, shifted,
                                    math::LogOp::create(b, loc, sums));
    }
    return write.toCode(b, loc, value, args);
  }

  Value buildFixed(OpBuilder &b, Location loc, ValueRange args) {
    FixedPointBuilder fixed(b, loc);
    if (!kIsLogarithm) {
      // A quotient with 30 fractional bits fits i32.
      Value power = powers.get(b, loc, args[0], args[1]);
      Value quotient = fixed.divideRounded(fixed.shiftLeft(power, 30), args[2]);
      Value y = fixed.multiply(fixed.resize(quotient, 32),
                               toFixedPoint(std::ldexp(1 / to, -30)));
      return write.fromInteger(b, loc, y, args);
    }
    // d s + ln(sum), in 2^-20 of a code; subtract the table's scale from the
    // logarithm.
    constexpr int bits = 20, logBits = 24;
    int64_t zero = int64_t(getPowerBits(lowp::Requantize::TFLite)) << logBits;
    // 2^20 codes exceed every result's range, and leave room in 64 bits.
    double ratio = std::min(from / to, 0x1p20);
    Value distance = arith::ExtUIOp::create(
        b, loc, b.getI64Type(), Powers::getDistance(b, loc, args[0], args[1]));
    Value first = fixed.mul(
        distance, fixed.constant(std::llrint(std::ldexp(ratio, bits)), 64));
    Value second = fixed.mul(
        fixed.sub(args[2], fixed.constant(zero, 64)),
        fixed.constant(std::llrint(std::ldexp(std::log(2.0) / to, bits)), 64));
    Value sum = fixed.add(first, fixed.shiftRight(second, logBits));
    Value y = fixed.sub(
        fixed.constant(0, 64),
        fixed.shiftRight(
            fixed.add(sum, fixed.constant(int64_t(1) << (bits - 1), 64)),
            bits));
    return write.fromInteger(b, loc, fixed.resize(y, 32), args);
  }

  const Powers &powers;
  double from, to;
  CodeFormat write;
};

template <typename OpT> struct SoftmaxLowering : OpConversionPattern<OpT> {
  using OpConversionPattern<OpT>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(OpT op, typename OpT::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    quant::QuantizedType from = lowp::getQuantizedType(op.getInput().getType()),
                         to = lowp::getQuantizedType(op.getType());
    if (!lowp::isByte(from) || !to)
      return rewriter.notifyMatchFailure(op, "codes are no bytes");
    LinalgBuilder b(op.getLoc(), rewriter);
    lowp::Requantize mode = lowp::getRequantize(op);
    Powers powers(b, adaptor.getInput(), op.getAxis(), from,
                  getPowerBits(mode));
    rewriter.replaceOp(op, SoftmaxCodes<OpT>(powers, from, to).create(b, mode));
    return success();
  }
};
} // namespace

void coppice::populateQuantizedReductionLowering(
    RewritePatternSet &patterns, const TypeConverter &converter) {
  patterns
      .add<SumLowering<nn::ReduceOp>, SumLowering<nn::AvgPool2DOp>,
           SoftmaxLowering<nn::SoftmaxOp>, SoftmaxLowering<nn::LogSoftmaxOp>>(
          converter, patterns.getContext());
}
