//===- QuantizedElementwise.cpp - Elementwise ops on codes ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "lib/Conversion/NNToLinalg/FixedPoint.h"
#include "lib/Conversion/NNToLinalg/Lowering.h"

using namespace mlir;
using namespace coppice;

namespace {
/// The scalar function of an elementwise op on codes: codes to real numbers,
/// the op, real number to code; or integer arithmetic.
class ScalarLayer {
public:
  explicit ScalarLayer(nn::ElementwiseOpInterface op)
      : op(op), mode(lowp::getRequantize(op)) {
    for (Value operand : op->getOperands()) {
      quant::QuantizedType type = lowp::getQuantizedType(operand.getType());
      formats.push_back(type ? std::optional<CodeFormat>(type) : std::nullopt);
      bool isUniform = type && lowp::getScales(type).axis < 0;
      splats.push_back(isUniform ? lowp::getSplatCode(operand) : IntegerAttr());
    }
    if (auto type = lowp::getQuantizedType(op->getResult(0).getType()))
      result.emplace(type);
  }

  /// Adds the operands that are read, in order, and then the tables of all.
  void bind(LinalgBuilder &b, ValueRange operands, ArrayRef<int64_t> shape,
            SmallVectorImpl<Value> &inputs, SmallVectorImpl<AffineMap> &maps) {
    for (auto [i, operand] : llvm::enumerate(operands))
      if (!splats[i]) {
        inputs.push_back(operand);
        maps.push_back(broadcastMap(b, b.shapeOf(operand), shape));
      }
    for (auto [i, operand] : llvm::enumerate(operands))
      if (formats[i])
        formats[i]->bind(b, inputs, maps,
                         broadcastMap(b, b.shapeOf(operand), shape));
    if (result)
      result->bind(b, inputs, maps, b.getMultiDimIdentityMap(shape.size()));
  }

  /// Returns the result's element; null if the function is not defined.
  Value build(OpBuilder &b, Location loc, ValueRange args) {
    SmallVector<Value> scalars;
    size_t next = 0;
    for (const IntegerAttr &splat : splats)
      scalars.push_back(splat ? arith::ConstantOp::create(b, loc, splat)
                              : args[next++]);
    if (std::optional<lowp::FixedPointFunction> function =
            lowp::getFixedPointFunction(op);
        function && mode == lowp::Requantize::TFLite)
      return buildFixed(b, loc, *function, scalars, args);
    for (auto [scalar, format] : llvm::zip(scalars, formats))
      if (format)
        scalar = format->toReal(b, loc, scalar, args);
    Value value = op.buildScalar(b, loc, scalars);
    if (!value || !result)
      return value;
    return result->toCode(b, loc, value, args, /*mayBeNaN=*/true);
  }

  /// Returns the codes of the result for the 256 codes of the only operand, by
  /// its bits.
  DenseElementsAttr tabulate() {
    Block block;
    OpBuilder builder(op->getContext());
    builder.setInsertionPointToEnd(&block);
    Type byte = builder.getI8Type();
    block.addArgument(byte, op->getLoc());
    Value value = build(builder, op->getLoc(), block.getArguments());
    if (!value)
      return {};
    SmallVector<Attribute> codes;
    for (int i = 0; i < 256; ++i) {
      codes.push_back(
          nn::foldScalars(block, value, IntegerAttr::get(byte, APInt(8, i))));
      if (!codes.back())
        return {};
    }
    return DenseElementsAttr::get(RankedTensorType::get({256}, value.getType()),
                                  codes);
  }

private:
  /// Returns the result's element as TensorFlow Lite's kernels compute it; all
  /// scales are per tensor.
  Value buildFixed(OpBuilder &b, Location loc,
                   lowp::FixedPointFunction function, ArrayRef<Value> codes,
                   ValueRange args);

  nn::ElementwiseOpInterface op;
  lowp::Requantize mode;
  std::vector<std::optional<CodeFormat>> formats;
  SmallVector<IntegerAttr> splats;
  std::optional<CodeFormat> result;
};

} // namespace

Value ScalarLayer::buildFixed(OpBuilder &b, Location loc,
                              lowp::FixedPointFunction function,
                              ArrayRef<Value> codes, ValueRange args) {
  FixedPointBuilder fixed(b, loc);
  SmallVector<Value> x;
  SmallVector<double> scales;
  unsigned bits = 0;
  for (auto [i, code] : llvm::enumerate(codes)) {
    if (!formats[i])
      continue; // the condition of a selection
    x.push_back(formats[i]->centred(b, loc, code, args));
    auto type = lowp::getQuantizedType(op->getOperand(i).getType());
    scales.push_back(lowp::getScales(type).scales.front());
    bits = std::max(bits, type.getStorageTypeIntegralWidth());
  }
  auto type = lowp::getQuantizedType(op->getResult(0).getType());
  lowp::Scales to = lowp::getScales(type);
  double scale = to.scales.front();
  // Rescales operand i to the result's scale, times a factor.
  auto rescale = [&](size_t i, double factor = 1) {
    Value value = factor < 0 ? fixed.sub(fixed.constant(0), x[i]) : x[i];
    return fixed.multiply(value,
                          toFixedPoint(std::abs(factor) * scales[i] / scale));
  };
  auto largest = [&](Value y, Value z) -> Value {
    return arith::MaxSIOp::create(b, loc, y, z);
  };
  auto smallest = [&](Value y, Value z) -> Value {
    return arith::MinSIOp::create(b, loc, y, z);
  };
  using Function = lowp::FixedPointFunction;
  Value y;
  switch (function) {
  case Function::add:
  case Function::sub: {
    // Both operands in 2^-20 of twice the larger scale; 16 bits leave room for
    // 2^-15.
    int shift = bits > 8 ? 15 : 20;
    double twice = 2 * std::max(scales[0], scales[1]);
    auto bring = [&](size_t i) {
      return fixed.multiply(fixed.shiftLeft(x[i], shift),
                            toFixedPoint(scales[i] / twice));
    };
    Value first = bring(0), second = bring(1);
    y = function == Function::add ? fixed.add(first, second)
                                  : fixed.sub(first, second);
    y = fixed.multiply(y, toFixedPoint(twice / std::ldexp(scale, shift)));
    break;
  }
  case Function::mul:
    y = fixed.multiply(fixed.mul(x[0], x[1]),
                       toFixedPoint(scales[0] * scales[1] / scale));
    break;
  case Function::min:
    y = smallest(rescale(0), rescale(1));
    break;
  case Function::max:
    y = largest(rescale(0), rescale(1));
    break;
  case Function::where:
    y = fixed.select(codes[0], rescale(0), rescale(1));
    break;
  case Function::relu:
    y = largest(rescale(0), fixed.constant(0));
    break;
  case Function::neg:
    y = rescale(0, -1);
    break;
  case Function::abs:
    x[0] = largest(x[0], fixed.sub(fixed.constant(0), x[0]));
    y = rescale(0);
    break;
  case Function::leakyRelu: {
    double alpha =
        cast<nn::LeakyReluOp>(op.getOperation()).getAlpha().convertToDouble();
    y = fixed.select(fixed.isNegative(x[0]), rescale(0, alpha), rescale(0));
    break;
  }
  case Function::clip: {
    auto clip = cast<nn::ClipOp>(op.getOperation());
    auto bound = [&](const APFloat &real) {
      return fixed.constant(codeOf(type, real.convertToDouble()) -
                            to.zeroPoints.front());
    };
    y = smallest(largest(rescale(0), bound(clip.getLow())),
                 bound(clip.getHigh()));
    break;
  }
  }
  return result->fromInteger(b, loc, y, args);
}

namespace {
struct ElementwiseOnCodes
    : OpInterfaceConversionPattern<nn::ElementwiseOpInterface> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;
  LogicalResult
  matchAndRewrite(nn::ElementwiseOpInterface op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!hasCodes(op) || isa<nn::CastOp>(op.getOperation()))
      return rewriter.notifyMatchFailure(op, "no layer on codes");
    LinalgBuilder b(op.getLoc(), rewriter);
    auto type = cast<RankedTensorType>(
        getTypeConverter()->convertType(op->getResult(0).getType()));
    ArrayRef<int64_t> shape = type.getShape();
    ScalarLayer layer(op);
    if (lowp::getOnlyByte(op))
      if (DenseElementsAttr codes = layer.tabulate()) {
        SmallVector<Value> inputs;
        SmallVector<AffineMap> maps;
        layer.bind(b, operands, shape, inputs, maps);
        Value table = arith::ConstantOp::create(b, codes);
        rewriter.replaceOp(
            op, lookUp(b, shape, inputs.front(), maps.front(), table));
        return success();
      }
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    layer.bind(b, operands, shape, inputs, maps);
    Value result =
        parallelIfDefined(b, shape, type.getElementType(), inputs, maps,
                          [&](OpBuilder &body, Location loc, ValueRange args) {
                            return layer.build(body, loc, args);
                          });
    if (!result)
      return rewriter.notifyMatchFailure(
          op, "the function is not defined on real numbers");
    makeStrict(result.getDefiningOp());
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  static Value lookUp(LinalgBuilder &b, ArrayRef<int64_t> shape, Value codes,
                      AffineMap map, Value table) {
    return b.parallel(
        shape, b.elementOf(table), codes, map,
        [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
          Value index = arith::IndexCastUIOp::create(
              body, loc, body.getIndexType(), args[0]);
          return tensor::ExtractOp::create(body, loc, table, index);
        });
  }
};

/// Casts between codes and numbers are conversions of lowp.
struct CastOnCodes : OpConversionPattern<nn::CastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(nn::CastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type from = op.getInput().getType(), to = op.getType();
    if (areConvertible(from, to)) {
      LinalgBuilder b(op.getLoc(), rewriter);
      rewriter.replaceOp(op, convertCodes(b, adaptor.getInput(), from, to,
                                          lowp::getRequantize(op)));
      return success();
    }
    Value x = op.getInput();
    if (lowp::isQuantizedTensor(from))
      x = lowp::DequantizeOp::create(
          rewriter, op.getLoc(),
          lowp::isQuantizedTensor(to)
              ? lowp::withElement(to, rewriter.getF64Type())
              : cast<RankedTensorType>(to),
          x);
    if (lowp::isQuantizedTensor(to))
      x = lowp::QuantizeOp::create(rewriter, op.getLoc(), to, x);
    if (x == op.getInput())
      return rewriter.notifyMatchFailure(op, "no codes");
    rewriter.replaceOp(op, x);
    return success();
  }
};
} // namespace

void coppice::populateQuantizedElementwiseLowering(
    RewritePatternSet &patterns, const TypeConverter &converter) {
  patterns.add<ElementwiseOnCodes, CastOnCodes>(converter,
                                                patterns.getContext());
}
