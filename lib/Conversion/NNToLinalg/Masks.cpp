//===- Masks.cpp - Clamps and masks of one bit an element -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"

using namespace mlir;
using namespace coppice;
using Iterator = LinalgBuilder::Iterator;

/// Calls `build` for the elements that fill whole bytes of a mask, and for the
/// rest: with the index of the first byte, the number of bytes and the number
/// of elements of each.
static void forEachRun(int64_t elements,
                       function_ref<void(int64_t, int64_t, int64_t)> build) {
  if (elements / 8)
    build(0, elements / 8, 8);
  if (elements % 8)
    build(elements / 8, 1, elements % 8);
}

/// Returns the table 1, 2, 4, ... for the `count` elements of a byte.
static Value bitTable(LinalgBuilder &b, int64_t count) {
  SmallVector<APInt> bits;
  for (int64_t i = 0; i < count; ++i)
    bits.push_back(APInt::getOneBitSet(8, i));
  return arith::ConstantOp::create(
      b, DenseIntElementsAttr::get(
             RankedTensorType::get({count}, b.getI8Type()), bits));
}

/// Returns elements [8 first, 8 first + bytes count) of `tensor`, in the shape
/// of `getMaskRows`, one row for each byte.
static Value sliceRun(LinalgBuilder &b, Value tensor, int64_t first,
                      int64_t bytes, int64_t count) {
  if (b.shapeOf(tensor).size() == 2)
    return tensor;
  return b.reshape(b.extractSlice(tensor, {8 * first}, {bytes * count}, {1}),
                   {bytes, count});
}

/// Packs the bits of elements for which `isSet` holds.
static Value packMask(LinalgBuilder &b, Value tensor,
                      function_ref<Value(OpBuilder &, Location, Value)> isSet) {
  int64_t elements = ShapedType::getNumElements(b.shapeOf(tensor));
  tensor = b.reshape(tensor, lowp::getMaskRows(elements));
  Value mask = b.empty({lowp::getMaskBytes(elements)}, b.getI8Type());
  AffineExpr byte = b.dim(0), bit = b.dim(1);
  AffineMap maps[] = {b.map(2, {byte, bit}), b.map(2, {bit}), b.map(2, {byte})};
  Iterator iterators[] = {Iterator::parallel, Iterator::reduction};
  forEachRun(elements, [&](int64_t first, int64_t bytes, int64_t count) {
    Value part =
        b.generic(ValueRange{sliceRun(b, tensor, first, bytes, count),
                             bitTable(b, count)},
                  b.zeros({bytes}, b.getI8Type()), maps, iterators,
                  [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
                    Value none = arith::ConstantIntOp::create(body, loc, 0, 8);
                    Value mine = arith::SelectOp::create(
                        body, loc, isSet(body, loc, args[0]), args[1], none);
                    // The bits of two elements never overlap, so they can be
                    // added.
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
    // A range beyond the input's does not bind.
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

/// Whether the bits of `byte` that `bits` has are set.
static Value isAnySet(OpBuilder &body, Location loc, Value byte, Value bits) {
  Value both = arith::AndIOp::create(body, loc, byte, bits);
  Value none = arith::ConstantIntOp::create(body, loc, 0, 8);
  return arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ne, both, none);
}

static Value lowerSelectByMask(LinalgBuilder &b, lowp::SelectByMaskOp op,
                               lowp::SelectByMaskOp::Adaptor adaptor) {
  Value x = adaptor.getInput(), mask = adaptor.getMask();
  SmallVector<int64_t> shape(b.shapeOf(x));
  Type element = b.elementOf(x);
  int64_t elements = ShapedType::getNumElements(shape),
          bytes = b.shapeOf(mask)[0];
  AffineExpr byte = b.dim(0), bit = b.dim(1);
  AffineMap ofByte = b.map(2, {byte}), ofBit = b.map(2, {bit}),
            ofRow = b.map(2, {byte, bit});
  Iterator rows[] = {Iterator::parallel, Iterator::parallel};
  auto zero = [&](OpBuilder &body, Location loc) {
    return nn::createSplat(body, loc, element, 0);
  };
  if (op.computesRows()) {
    int64_t count = std::min<int64_t>(elements, 8);
    Value result = b.generic(
        ValueRange{mask, bitTable(b, count),
                   b.reshape(b.reshape(x, lowp::getMaskRows(elements)),
                             {bytes, count})},
        b.empty({bytes, count}, element), {ofByte, ofBit, ofRow, ofRow}, rows,
        [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
          return arith::SelectOp::create(body, loc,
                                         isAnySet(body, loc, args[0], args[1]),
                                         args[2], zero(body, loc));
        });
    return b.reshape(result, shape);
  }
  // Whole rows of bits are written, more than there are elements.
  Value bits = b.generic(
      ValueRange{mask, bitTable(b, 8)}, b.empty({bytes, 8}, b.getI8Type()),
      {ofByte, ofBit, ofRow}, rows,
      [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
        return arith::AndIOp::create(body, loc, args[0], args[1]);
      });
  bits = b.reshape(bits, {8 * bytes});
  bits = b.reshape(b.extractSlice(bits, {0}, {elements}, {1}), shape);
  return b.pointwise(
      shape, element, {x, bits},
      [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
        Value none = arith::ConstantIntOp::create(body, loc, 0, 8);
        Value set = arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ne,
                                          args[1], none);
        return arith::SelectOp::create(body, loc, set, args[0],
                                       zero(body, loc));
      });
}

void coppice::populateMaskLowering(RewritePatternSet &patterns,
                                   const TypeConverter &converter) {
  patterns.add<ClampLowering>(converter, patterns.getContext());
  addLowerings(patterns, converter, lowerRangeMask, lowerSelectByMask);
}
