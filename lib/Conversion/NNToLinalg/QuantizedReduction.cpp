//===- QuantizedReduction.cpp - Means and softmax on codes ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;
using namespace coppice;

/// Whether codes have one scale and few enough bits for integer sums.
static bool isSummable(Type type) {
  auto quantized = lowp::getQuantizedType(type);
  return isa_and_nonnull<quant::UniformQuantizedType>(quantized) &&
         quantized.getStorageTypeIntegralWidth() <= 16;
}

/// `sums` of codes minus their zero points, as codes of their real value
/// divided by `counts`: one, or one for each place of an image.
static Value rescaleSums(LinalgBuilder &b, Value sums, Type from, Type to,
                         ArrayRef<double> counts) {
  CodeFormat write(lowp::getQuantizedType(to));
  ArrayRef<int64_t> shape = b.shapeOf(sums);
  unsigned rank = shape.size();
  double scale = lowp::getScales(lowp::getQuantizedType(from)).scales.front();
  SmallVector<Value> inputs{sums};
  SmallVector<AffineMap> maps{b.getMultiDimIdentityMap(rank)};
  bool oneCount = llvm::all_equal(counts);
  if (!oneCount) {
    inputs.push_back(b.table({shape[1], shape[2]}, counts, b.getF64Type()));
    maps.push_back(b.map(rank, {b.dim(1), b.dim(2)}));
  }
  write.bind(b, inputs, maps, maps.front());
  return b.parallel(
      shape, write.getStorage(), inputs, maps,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        auto constant = [&](double value) -> Value {
          return arith::ConstantOp::create(body, loc,
                                           body.getF64FloatAttr(value));
        };
        Value real =
            arith::SIToFPOp::create(body, loc, body.getF64Type(), args[0]);
        real = arith::MulFOp::create(body, loc, real, constant(scale));
        if (!oneCount || counts.front() != 1)
          real = arith::DivFOp::create(
              body, loc, real, oneCount ? constant(counts.front()) : args[1]);
        return write.toCode(body, loc, real, args);
      });
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

struct MeanLowering : OpConversionPattern<nn::ReduceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ReduceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    bool isMean = op.getKind() == nn::ReductionKind::mean;
    if (!isMean && op.getKind() != nn::ReductionKind::sum)
      return rewriter.notifyMatchFailure(op, "no sum");
    Type from = op.getInput().getType(), to = op.getType();
    if (!isSummable(from) || !lowp::isQuantizedTensor(to))
      return rewriter.notifyMatchFailure(op, "no sum of integers");
    LinalgBuilder b(op.getLoc(), rewriter);
    Value x = adaptor.getInput();
    int64_t count = 1;
    for (int64_t axis : op.getAxes())
      count *= b.shapeOf(x)[axis];
    CodeSum sum(b, from, count);
    Value sums = b.reduce(x, op.getAxes(), b.scalar(sum.getType(), 0), sum);
    sums = b.reshape(sums, op.getType().getShape());
    rewriter.replaceOp(
        op, rescaleSums(b, sums, from, to, isMean ? double(count) : 1.0));
    return success();
  }
};

struct AvgPoolLowering : OpConversionPattern<nn::AvgPool2DOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::AvgPool2DOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type from = op.getInput().getType(), to = op.getType();
    if (!isSummable(from) || !lowp::isQuantizedTensor(to))
      return rewriter.notifyMatchFailure(op, "no sum of integers");
    LinalgBuilder b(op.getLoc(), rewriter);
    Value x = adaptor.getInput();
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
    rewriter.replaceOp(op, rescaleSums(b, sums, from, to, windowSizes(op)));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// Powers have this many bits behind the point. They are integers, so that
/// their sum has no order; a table has one for each distance from the maximum.
constexpr int kPowerBits = 40;

/// Softmax and its logarithm on codes of a byte. With d the distance of a code
/// from the largest of its row, e^(-d s) is one of 256 numbers.
template <typename OpT> struct SoftmaxLowering : OpConversionPattern<OpT> {
  using OpConversionPattern<OpT>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(OpT op, typename OpT::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type from = op.getInput().getType(), to = op.getType();
    quant::QuantizedType type = lowp::getQuantizedType(from);
    if (!isSummable(from) || type.getStorageTypeIntegralWidth() != 8 ||
        !lowp::isQuantizedTensor(to))
      return rewriter.notifyMatchFailure(op, "codes are no bytes");
    LinalgBuilder b(op.getLoc(), rewriter);
    Value x = adaptor.getInput();
    ArrayRef<int64_t> shape = b.shapeOf(x);
    double scale = lowp::getScales(type).scales.front();
    int64_t axis = op.getAxis();
    bool isUnsigned = !type.isSigned();
    Type byte = b.getI8Type();
    Value most = b.reduce(x, axis, b.lowest(byte, isUnsigned),
                          [&](OpBuilder &body, Location loc, ValueRange args) {
                            return nn::ScalarExpr(body, loc, byte, isUnsigned)
                                .max(args[1], args[0]);
                          });
    SmallVector<int64_t> powers;
    for (int d = 0; d < 256; ++d)
      powers.push_back(
          std::llrint(std::ldexp(std::exp(-double(d) * scale), kPowerBits)));
    Value table = b.table(powers);
    SmallVector<AffineExpr> row;
    for (size_t i = 0; i < shape.size(); ++i)
      if (int64_t(i) != axis)
        row.push_back(b.dim(i));
    AffineMap all = b.getMultiDimIdentityMap(shape.size());
    AffineMap rows = b.map(shape.size(), row);
    SmallVector<LinalgBuilder::Iterator> iterators(
        shape.size(), LinalgBuilder::Iterator::parallel);
    iterators[axis] = LinalgBuilder::Iterator::reduction;
    // The difference of two bytes is one, without a sign.
    auto power = [&](OpBuilder &body, Location loc, Value code, Value largest) {
      Value distance = arith::SubIOp::create(body, loc, largest, code);
      Value index = arith::IndexCastUIOp::create(body, loc, body.getIndexType(),
                                                 distance);
      return tensor::ExtractOp::create(body, loc, table, index).getResult();
    };
    Value sum =
        b.generic(ValueRange{x, most}, b.zeros(b.shapeOf(most), b.getI64Type()),
                  {all, rows, rows}, iterators,
                  [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
                    return arith::AddIOp::create(
                        body, loc, args[2], power(body, loc, args[0], args[1]));
                  });
    CodeFormat write(lowp::getQuantizedType(to));
    SmallVector<Value> inputs{x, most, sum};
    SmallVector<AffineMap> maps{all, rows, rows};
    write.bind(b, inputs, maps, all);
    Value result = b.parallel(
        shape, write.getStorage(), inputs, maps,
        [&](OpBuilder &body, Location loc, ValueRange args) {
          Type f64 = body.getF64Type();
          auto real = [&](Value integer) -> Value {
            return arith::SIToFPOp::create(body, loc, f64, integer);
          };
          auto constant = [&](double value) -> Value {
            return arith::ConstantOp::create(body, loc,
                                             body.getF64FloatAttr(value));
          };
          Value total = real(args[2]), value;
          if constexpr (std::is_same_v<OpT, nn::SoftmaxOp>) {
            value = arith::DivFOp::create(
                body, loc, real(power(body, loc, args[0], args[1])), total);
          } else {
            Value distance = arith::ExtUIOp::create(
                body, loc, body.getI32Type(),
                arith::SubIOp::create(body, loc, args[1], args[0]));
            Value shifted = arith::MulFOp::create(body, loc, real(distance),
                                                  constant(-scale));
            Value sums = arith::MulFOp::create(
                body, loc, total, constant(std::ldexp(1.0, -kPowerBits)));
            value = arith::SubFOp::create(body, loc, shifted,
                                          math::LogOp::create(body, loc, sums));
          }
          return write.toCode(body, loc, value, args);
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};
} // namespace

void coppice::populateQuantizedReductionLowering(
    RewritePatternSet &patterns, const TypeConverter &converter) {
  patterns.add<MeanLowering, AvgPoolLowering, SoftmaxLowering<nn::SoftmaxOp>,
               SoftmaxLowering<nn::LogSoftmaxOp>>(converter,
                                                  patterns.getContext());
}
