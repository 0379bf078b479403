//===- Shape.cpp - Gradients of ops that move elements -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"

using namespace mlir;
using namespace coppice::nn;
using coppice::train::GradientContext;

void ReshapeOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                 SmallVectorImpl<Value> &reads) {}

LogicalResult
ReshapeOp::buildGradient(GradientContext &ctx, ArrayRef<Value> resultGradients,
                         const llvm::SmallBitVector &wanted,
                         SmallVectorImpl<Value> &operandGradients) {
  operandGradients[0] = ReshapeOp::create(
      ctx.builder, ctx.loc, getInput().getType(), resultGradients[0]);
  return success();
}

void TransposeOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                   SmallVectorImpl<Value> &reads) {}

LogicalResult
TransposeOp::buildGradient(GradientContext &ctx,
                           ArrayRef<Value> resultGradients,
                           const llvm::SmallBitVector &wanted,
                           SmallVectorImpl<Value> &operandGradients) {
  SmallVector<int64_t> inverse(getPermutation().size());
  for (auto [i, axis] : llvm::enumerate(getPermutation()))
    inverse[axis] = i;
  operandGradients[0] =
      TransposeOp::create(ctx.builder, ctx.loc, resultGradients[0], inverse);
  return success();
}

void ConcatOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                SmallVectorImpl<Value> &reads) {}

LogicalResult
ConcatOp::buildGradient(GradientContext &ctx, ArrayRef<Value> resultGradients,
                        const llvm::SmallBitVector &wanted,
                        SmallVectorImpl<Value> &operandGradients) {
  int64_t rank = getType().getRank(), axis = getAxis();
  SmallVector<int64_t> starts(rank, 0), strides(rank, 1);
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    auto type = cast<RankedTensorType>(input.getType());
    if (wanted.test(i))
      operandGradients[i] = SliceOp::create(
          ctx.builder, ctx.loc, type, resultGradients[0], starts, strides);
    starts[axis] += type.getDimSize(axis);
  }
  return success();
}

void SliceOp::getGradientReads(const llvm::SmallBitVector &wanted,
                               SmallVectorImpl<Value> &reads) {}

LogicalResult SliceOp::buildGradient(GradientContext &ctx,
                                     ArrayRef<Value> resultGradients,
                                     const llvm::SmallBitVector &wanted,
                                     SmallVectorImpl<Value> &operandGradients) {
  operandGradients[0] =
      SliceGradOp::create(ctx.builder, ctx.loc, getInput().getType(),
                          resultGradients[0], getStarts(), getStrides());
  return success();
}

void PadOp::getGradientReads(const llvm::SmallBitVector &wanted,
                             SmallVectorImpl<Value> &reads) {}

/// Builds the gradient of a pad that repeats elements along `axis`: the middle
/// of `dy`, plus each padded line at the line that it is a copy of.
static Value foldPadding(GradientContext &ctx, Value dy, int64_t axis,
                         int64_t low, int64_t extent,
                         function_ref<int64_t(int64_t)> source) {
  OpBuilder &b = ctx.builder;
  auto type = cast<RankedTensorType>(dy.getType());
  // Position i of dy is a copy of position source(i - low), so its gradient is
  // that of a gather.
  SmallVector<int64_t> indices;
  for (int64_t i = 0; i < type.getDimSize(axis); ++i)
    indices.push_back(source(i - low));
  auto indexType = RankedTensorType::get({static_cast<int64_t>(indices.size())},
                                         b.getI64Type());
  Value index = arith::ConstantOp::create(
      b, ctx.loc, DenseElementsAttr::get(indexType, ArrayRef(indices)));
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = extent;
  return GatherGradOp::create(
      b, ctx.loc, RankedTensorType::get(shape, type.getElementType()), dy,
      index, axis);
}

LogicalResult PadOp::buildGradient(GradientContext &ctx,
                                   ArrayRef<Value> resultGradients,
                                   const llvm::SmallBitVector &wanted,
                                   SmallVectorImpl<Value> &operandGradients) {
  RankedTensorType type = getInput().getType();
  Value dy = resultGradients[0];
  if (getMode() == PadMode::constant) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < type.getRank(); ++i) {
      low.push_back(-getLow()[i]);
      high.push_back(-getHigh()[i]);
    }
    operandGradients[0] =
        PadOp::create(ctx.builder, ctx.loc, type, dy, low, high,
                      PadMode::constant, llvm::APFloat(0.0));
    return success();
  }
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (getLow()[axis] == 0 && getHigh()[axis] == 0)
      continue;
    int64_t extent = type.getDimSize(axis);
    auto source = [&](int64_t i) -> int64_t {
      switch (getMode()) {
      case PadMode::reflect:
        if (i < 0)
          i = -i;
        return i < extent ? i : 2 * (extent - 1) - i;
      case PadMode::wrap:
        return (i % extent + extent) % extent;
      case PadMode::edge:
      case PadMode::constant:
        break;
      }
      return std::clamp<int64_t>(i, 0, extent - 1);
    };
    dy = foldPadding(ctx, dy, axis, getLow()[axis], extent, source);
  }
  operandGradients[0] = dy;
  return success();
}

void ExpandOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                SmallVectorImpl<Value> &reads) {}

LogicalResult
ExpandOp::buildGradient(GradientContext &ctx, ArrayRef<Value> resultGradients,
                        const llvm::SmallBitVector &wanted,
                        SmallVectorImpl<Value> &operandGradients) {
  TensorExpr e(ctx.builder, ctx.loc, getElementTypeOrSelf(getType()));
  operandGradients[0] = e.fitTo(resultGradients[0], getInput().getType());
  return success();
}

void GatherOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                SmallVectorImpl<Value> &reads) {
  reads.push_back(getIndices());
}

LogicalResult
GatherOp::buildGradient(GradientContext &ctx, ArrayRef<Value> resultGradients,
                        const llvm::SmallBitVector &wanted,
                        SmallVectorImpl<Value> &operandGradients) {
  if (wanted.test(0))
    operandGradients[0] = GatherGradOp::create(
        ctx.builder, ctx.loc, getInput().getType(), resultGradients[0],
        ctx.read(getIndices()), getAxis());
  return success();
}

void ResizeOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                SmallVectorImpl<Value> &reads) {}

LogicalResult
ResizeOp::buildGradient(GradientContext &ctx, ArrayRef<Value> resultGradients,
                        const llvm::SmallBitVector &wanted,
                        SmallVectorImpl<Value> &operandGradients) {
  operandGradients[0] = ResizeGradOp::create(
      ctx.builder, ctx.loc, getInput().getType(), resultGradients[0], getMode(),
      getCoordinate(), getRounding(), getScales());
  return success();
}
