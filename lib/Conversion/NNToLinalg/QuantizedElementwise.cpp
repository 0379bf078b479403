//===- QuantizedElementwise.cpp - Elementwise ops on codes ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace coppice;

/// The one integer that a constant holds, under its storage cast; else null.
static IntegerAttr splatCode(Value value) {
  if (auto cast = value.getDefiningOp<quant::StorageCastOp>())
    value = cast.getInput();
  DenseElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || !elements.isSplat())
    return {};
  return dyn_cast<IntegerAttr>(elements.getSplatValue<Attribute>());
}

namespace {
/// The scalar function of an elementwise op between codes: to real numbers,
/// through the op, back to a code.
class ScalarLayer {
public:
  explicit ScalarLayer(nn::ElementwiseOpInterface op) : op(op) {
    for (Value operand : op->getOperands()) {
      quant::QuantizedType type = lowp::getQuantizedType(operand.getType());
      formats.push_back(type ? std::optional<CodeFormat>(type) : std::nullopt);
      bool isUniform = type && lowp::getScales(type).axis < 0;
      splats.push_back(isUniform ? splatCode(operand) : IntegerAttr());
    }
    if (auto type = lowp::getQuantizedType(op->getResult(0).getType()))
      result.emplace(type);
  }

  /// Operands that are read, in order, and then the tables of all.
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

  /// The operand that alone decides about the result, with codes of a byte;
  /// null where there is no such.
  Value getOnlyByte() const {
    Value only;
    for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
      if (splats[i])
        continue;
      if (only || !formats[i] || formats[i]->getStorage().getWidth() != 8)
        return {};
      only = operand;
    }
    auto type =
        only ? lowp::getQuantizedType(only.getType()) : quant::QuantizedType();
    auto to = lowp::getQuantizedType(op->getResult(0).getType());
    if (!type || !to || lowp::getScales(type).axis >= 0 ||
        lowp::getScales(to).axis >= 0)
      return {};
    return only;
  }

  /// The result's element, or null where the function is not defined.
  Value build(OpBuilder &b, Location loc, ValueRange args) {
    SmallVector<Value> scalars;
    size_t next = 0;
    for (auto [splat, format] : llvm::zip(splats, formats)) {
      Value scalar =
          splat ? arith::ConstantOp::create(b, loc, splat) : args[next++];
      scalars.push_back(format ? format->toReal(b, loc, scalar, args) : scalar);
    }
    Value value = op.buildScalar(b, loc, scalars);
    if (!value || !result)
      return value;
    return result->toCode(b, loc, value, args, /*mayBeNaN=*/true);
  }

  /// The codes of the result for the 256 of the only operand, by its bits.
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
  nn::ElementwiseOpInterface op;
  std::vector<std::optional<CodeFormat>> formats;
  SmallVector<IntegerAttr> splats;
  std::optional<CodeFormat> result;
};

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
    if (layer.getOnlyByte())
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
    bool undefined = false;
    Value result = b.parallel(
        shape, type.getElementType(), inputs, maps,
        [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
          Value value = layer.build(body, loc, args);
          undefined = !value;
          return undefined ? args.back() : value;
        });
    if (undefined)
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
      rewriter.replaceOp(op, convertCodes(b, adaptor.getInput(), from, to));
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
