//===- Shape.cpp - Ops that move elements to linalg and tensor --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"

using namespace mlir;
using namespace coppice;

static Value copyElement(OpBuilder &, Location, ValueRange args) {
  return args[0];
}

static Value lowerReshape(LinalgBuilder &b, nn::ReshapeOp op,
                          nn::ReshapeOp::Adaptor adaptor) {
  return b.reshape(adaptor.getInput(), op.getType().getShape());
}

static Value lowerTranspose(LinalgBuilder &b, nn::TransposeOp op,
                            nn::TransposeOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  ArrayRef<int64_t> shape = op.getType().getShape();
  SmallVector<AffineExpr> from(shape.size());
  for (auto [i, axis] : llvm::enumerate(op.getPermutation()))
    from[axis] = b.dim(i);
  return b.parallel(shape, b.elementOf(x), x, b.map(shape.size(), from),
                    copyElement);
}

static Value lowerExpand(LinalgBuilder &b, nn::ExpandOp op,
                         nn::ExpandOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  return b.pointwise(op.getType().getShape(), b.elementOf(x), x, copyElement);
}

static Value lowerConcat(LinalgBuilder &b, nn::ConcatOp op,
                         nn::ConcatOp::Adaptor adaptor) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  Value result = b.empty(shape, b.elementOf(adaptor.getInputs()[0]));
  SmallVector<int64_t> starts(shape.size(), 0), ones(shape.size(), 1);
  for (Value input : adaptor.getInputs()) {
    ArrayRef<int64_t> part = b.shapeOf(input);
    if (llvm::is_contained(part, 0))
      continue;
    result = b.insertSlice(input, result, starts, ones);
    starts[op.getAxis()] += part[op.getAxis()];
  }
  return result;
}

/// Reverses the axes of `x` whose stride is negative.
static Value reversed(LinalgBuilder &b, Value x, ArrayRef<int64_t> strides) {
  ArrayRef<int64_t> shape = b.shapeOf(x);
  SmallVector<AffineExpr> from;
  for (auto [i, stride] : llvm::enumerate(strides))
    from.push_back(stride < 0 ? b.getAffineConstantExpr(shape[i] - 1) - b.dim(i)
                              : b.dim(i));
  return b.parallel(shape, b.elementOf(x), x, b.map(shape.size(), from),
                    copyElement);
}

/// Returns the same elements in ascending order: the first index and the
/// absolute stride of each axis, and whether an axis was reversed.
static bool ascending(ArrayRef<int64_t> starts, ArrayRef<int64_t> strides,
                      ArrayRef<int64_t> sizes, SmallVectorImpl<int64_t> &first,
                      SmallVectorImpl<int64_t> &steps) {
  bool any = false;
  for (auto [start, stride, size] : llvm::zip(starts, strides, sizes)) {
    any |= stride < 0;
    first.push_back(stride < 0 ? start + (size - 1) * stride : start);
    steps.push_back(std::abs(stride));
  }
  return any;
}

static Value lowerSlice(LinalgBuilder &b, nn::SliceOp op,
                        nn::SliceOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  ArrayRef<int64_t> shape = op.getType().getShape();
  if (llvm::is_contained(shape, 0))
    return b.empty(shape, b.elementOf(x));
  SmallVector<int64_t> first, steps;
  bool reverse =
      ascending(op.getStarts(), op.getStrides(), shape, first, steps);
  Value part = b.extractSlice(x, first, shape, steps);
  return reverse ? reversed(b, part, op.getStrides()) : part;
}

static Value lowerSliceGrad(LinalgBuilder &b, nn::SliceGradOp op,
                            nn::SliceGradOp::Adaptor adaptor) {
  Value dy = adaptor.getDy();
  Value zeros = b.zeros(op.getType().getShape(), b.elementOf(dy));
  SmallVector<int64_t> sizes(b.shapeOf(dy)), first, steps;
  if (llvm::is_contained(sizes, 0))
    return zeros;
  if (ascending(op.getStarts(), op.getStrides(), sizes, first, steps))
    dy = reversed(b, dy, op.getStrides());
  return b.insertSlice(dy, zeros, first, steps);
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

/// Returns the input index that element `i` (from -low to extent + high)
/// repeats.
static Value sourceIndex(LinalgBuilder &b, Value i, int64_t extent,
                         nn::PadMode mode) {
  Value zero = b.indexConstant(0), last = b.indexConstant(extent - 1);
  if (mode == nn::PadMode::edge)
    return arith::MaxSIOp::create(b, zero, arith::MinSIOp::create(b, i, last));
  Value below = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, i, zero);
  Value above = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, i, last);
  Value low, high;
  if (mode == nn::PadMode::reflect) {
    low = arith::SubIOp::create(b, zero, i);
    high = arith::SubIOp::create(b, b.indexConstant(2 * (extent - 1)), i);
  } else {
    low = arith::AddIOp::create(b, i, b.indexConstant(extent));
    high = arith::SubIOp::create(b, i, b.indexConstant(extent));
  }
  return arith::SelectOp::create(b, below, low,
                                 arith::SelectOp::create(b, above, high, i));
}

static Value lowerPad(LinalgBuilder &b, nn::PadOp op,
                      nn::PadOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  ArrayRef<int64_t> shape = op.getType().getShape();
  SmallVector<int64_t> in(b.shapeOf(x));
  ArrayRef<int64_t> low = op.getLow(), high = op.getHigh();
  size_t rank = shape.size();
  if (op.getMode() == nn::PadMode::constant) {
    double value = op.getValue().convertToDouble();
    quant::QuantizedType type = lowp::getQuantizedType(op.getType());
    Value fill = b.filled(
        shape, type ? storedCode(b, b.elementOf(x), codeOf(type, value))
                    : b.scalar(b.elementOf(x), value));
    SmallVector<int64_t> starts, sizes, at, ones(rank, 1);
    for (size_t i = 0; i < rank; ++i) {
      starts.push_back(std::max<int64_t>(0, -low[i]));
      sizes.push_back(in[i] - starts[i] + std::min<int64_t>(0, high[i]));
      at.push_back(std::max<int64_t>(0, low[i]));
    }
    if (llvm::any_of(sizes, [](int64_t size) { return size <= 0; }))
      return fill;
    return b.insertSlice(b.extractSlice(x, starts, sizes, ones), fill, at,
                         ones);
  }
  return b.parallel(shape, b.elementOf(x), {}, {},
                    [&](OpBuilder &body, Location loc, ValueRange) -> Value {
                      LinalgBuilder inner(loc, body);
                      SmallVector<Value> from;
                      for (size_t i = 0; i < rank; ++i) {
                        Value index = linalg::IndexOp::create(inner, i);
                        if (low[i] != 0)
                          index = arith::SubIOp::create(
                              inner, index, inner.indexConstant(low[i]));
                        if (low[i] > 0 || high[i] > 0)
                          index =
                              sourceIndex(inner, index, in[i], op.getMode());
                        from.push_back(index);
                      }
                      return tensor::ExtractOp::create(inner, x, from);
                    });
}

void coppice::populateShapeLowering(RewritePatternSet &patterns,
                                    const TypeConverter &converter) {
  addCodeLowerings(patterns, converter, lowerReshape, lowerTranspose,
                   lowerExpand, lowerConcat, lowerSlice, lowerPad);
  addLowerings(patterns, converter, lowerSliceGrad);
}
