//===- Indexed.cpp - Gather and its gradient to linalg ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"

using namespace mlir;
using namespace coppice;

/// Returns an index into `extent` elements: counted from the end if negative,
/// and clamped.
static Value safeIndex(LinalgBuilder &b, Value index, bool isUnsigned,
                       int64_t extent) {
  Type wide = b.getI64Type();
  if (index.getType().getIntOrFloatBitWidth() < 64)
    index = isUnsigned ? arith::ExtUIOp::create(b, wide, index).getResult()
                       : arith::ExtSIOp::create(b, wide, index).getResult();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, value, 64);
  };
  Value last = constant(extent - 1);
  if (isUnsigned) {
    index = arith::MinUIOp::create(b, index, last);
  } else {
    Value negative =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, index, constant(0));
    Value fromEnd = arith::AddIOp::create(b, index, constant(extent));
    index = arith::SelectOp::create(b, negative, fromEnd, index);
    index = arith::MaxSIOp::create(b, constant(0),
                                   arith::MinSIOp::create(b, index, last));
  }
  return arith::IndexCastOp::create(b, b.getIndexType(), index);
}

static Value lowerGather(LinalgBuilder &b, nn::GatherOp op,
                         nn::GatherOp::Adaptor adaptor) {
  Value x = adaptor.getInput(), indices = adaptor.getIndices();
  ArrayRef<int64_t> shape = op.getType().getShape();
  int64_t axis = op.getAxis(), count = b.shapeOf(indices).size();
  int64_t extent = b.shapeOf(x)[axis];
  int64_t rank = b.shapeOf(x).size();
  bool isUnsigned = nn::detail::isUnsigned(op.getIndices().getType());
  SmallVector<AffineExpr> at;
  for (int64_t i = 0; i < count; ++i)
    at.push_back(b.dim(axis + i));
  return b.parallel(
      shape, b.elementOf(x), indices, b.map(shape.size(), at),
      [&](OpBuilder &body, Location loc, ValueRange args) -> Value {
        LinalgBuilder inner(loc, body);
        SmallVector<Value> from;
        for (int64_t i = 0; i < rank; ++i)
          from.push_back(
              i == axis
                  ? safeIndex(inner, args[0], isUnsigned, extent)
                  : linalg::IndexOp::create(inner, i < axis ? i : i + count - 1)
                        .getResult());
        return tensor::ExtractOp::create(inner, x, from);
      });
}

static Value lowerGatherGrad(LinalgBuilder &b, nn::GatherGradOp op,
                             nn::GatherGradOp::Adaptor adaptor) {
  Value dy = adaptor.getDy(), indices = adaptor.getIndices();
  ArrayRef<int64_t> shape = op.getType().getShape();
  int64_t axis = op.getAxis(), count = b.shapeOf(indices).size();
  Type element = b.elementOf(dy);
  bool isUnsigned = nn::detail::isUnsigned(op.getIndices().getType());
  return b.loops(
      b.shapeOf(dy), b.zeros(shape, element),
      [&](ValueRange at, Value dx) -> Value {
        Value index =
            tensor::ExtractOp::create(b, indices, at.slice(axis, count));
        SmallVector<Value> where(at.take_front(axis));
        where.push_back(safeIndex(b, index, isUnsigned, shape[axis]));
        llvm::append_range(where, at.drop_front(axis + count));
        Value old = tensor::ExtractOp::create(b, dx, where);
        Value amount = tensor::ExtractOp::create(b, dy, at);
        Value sum =
            nn::ScalarExpr(b, b.getLoc(), element, false).add(old, amount);
        return tensor::InsertOp::create(b, sum, dx, where);
      });
}

void coppice::populateIndexedLowering(RewritePatternSet &patterns,
                                      const TypeConverter &converter) {
  addCodeLowerings(patterns, converter, lowerGather);
  addLowerings(patterns, converter, lowerGatherGrad);
}
