//===- Contraction.cpp - Gradients of matmul, norms, reductions, losses -*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"

using namespace mlir;
using namespace coppice::nn;
using coppice::train::GradientContext;

void MatMulOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                SmallVectorImpl<Value> &reads) {
  if (wanted.test(0))
    reads.push_back(getRhs());
  if (wanted.test(1))
    reads.push_back(getLhs());
}

LogicalResult
MatMulOp::buildGradient(GradientContext &ctx, ArrayRef<Value> resultGradients,
                        const llvm::SmallBitVector &wanted,
                        SmallVectorImpl<Value> &operandGradients) {
  OpBuilder &b = ctx.builder;
  TensorExpr e(b, ctx.loc, getElementTypeOrSelf(getType()));
  Value dy = resultGradients[0];
  bool tl = getTransposeLhs(), tr = getTransposeRhs();
  // Y = A B: dA = dY B^T, dB = A^T dY. A transposed operand swaps the factors.
  if (wanted.test(0)) {
    Value rhs = ctx.read(getRhs());
    Value da = tl ? MatMulOp::create(b, ctx.loc, rhs, dy, tr, true)
                  : MatMulOp::create(b, ctx.loc, dy, rhs, false, !tr);
    operandGradients[0] = e.fitTo(da, getLhs().getType());
  }
  if (wanted.test(1)) {
    Value lhs = ctx.read(getLhs());
    Value db = tr ? MatMulOp::create(b, ctx.loc, dy, lhs, true, tl)
                  : MatMulOp::create(b, ctx.loc, lhs, dy, !tl, false);
    operandGradients[1] = e.fitTo(db, getRhs().getType());
  }
  if (getBias() && wanted.test(2))
    operandGradients[2] = e.fitTo(dy, getBias().getType());
  return success();
}

void NormalizeOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                   SmallVectorImpl<Value> &reads) {
  reads.append({getResult(), getVariance()});
}

// With y = (x - mean) r and r = 1 / sqrt(variance + epsilon):
// dx = r (dy - mean(dy) - y mean(dy y)); without centring, mean(dy) is absent.
LogicalResult
NormalizeOp::buildGradient(GradientContext &ctx,
                           ArrayRef<Value> resultGradients,
                           const llvm::SmallBitVector &wanted,
                           SmallVectorImpl<Value> &operandGradients) {
  if (resultGradients[1] || resultGradients[2])
    return emitOpError(
        "a gradient can flow through the normalized result alone, "
        "not through mean or variance");
  OpBuilder &b = ctx.builder;
  TensorExpr e(b, ctx.loc, getElementTypeOrSelf(getInput().getType()));
  Value dy = resultGradients[0], y = ctx.read(getResult());
  auto mean = [&](Value x) -> Value {
    return ReduceOp::create(b, ctx.loc, ReductionKind::mean, x, getAxes(),
                            /*keepdims=*/true);
  };
  Value r = e.rsqrt(e.add(ctx.read(getVariance()),
                          e.constant(getEpsilon().convertToDouble())));
  Value centred = e.sub(dy, e.mul(y, mean(e.mul(dy, y))));
  if (!getUncentered())
    centred = e.sub(centred, mean(dy));
  operandGradients[0] = e.mul(r, centred);
  return success();
}

void SoftmaxOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                 SmallVectorImpl<Value> &reads) {
  reads.push_back(getResult());
}

LogicalResult
SoftmaxOp::buildGradient(GradientContext &ctx, ArrayRef<Value> resultGradients,
                         const llvm::SmallBitVector &wanted,
                         SmallVectorImpl<Value> &operandGradients) {
  TensorExpr e(ctx.builder, ctx.loc, getElementTypeOrSelf(getType()));
  Value dy = resultGradients[0], y = ctx.read(getResult());
  Value inner =
      ReduceOp::create(ctx.builder, ctx.loc, ReductionKind::sum, e.mul(dy, y),
                       ArrayRef<int64_t>{static_cast<int64_t>(getAxis())},
                       /*keepdims=*/true);
  operandGradients[0] = e.mul(y, e.sub(dy, inner));
  return success();
}

void LogSoftmaxOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                    SmallVectorImpl<Value> &reads) {
  reads.push_back(getResult());
}

LogicalResult
LogSoftmaxOp::buildGradient(GradientContext &ctx,
                            ArrayRef<Value> resultGradients,
                            const llvm::SmallBitVector &wanted,
                            SmallVectorImpl<Value> &operandGradients) {
  TensorExpr e(ctx.builder, ctx.loc, getElementTypeOrSelf(getType()));
  Value dy = resultGradients[0], y = ctx.read(getResult());
  Value total =
      ReduceOp::create(ctx.builder, ctx.loc, ReductionKind::sum, dy,
                       ArrayRef<int64_t>{static_cast<int64_t>(getAxis())},
                       /*keepdims=*/true);
  operandGradients[0] = e.sub(dy, e.mul(e.exp(y), total));
  return success();
}

void ReduceOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                SmallVectorImpl<Value> &reads) {
  switch (getKind()) {
  case ReductionKind::sum:
  case ReductionKind::mean:
    return;
  case ReductionKind::max:
  case ReductionKind::min:
    reads.append({getInput(), getResult()});
    return;
  case ReductionKind::prod:
    reads.push_back(getInput());
    return;
  }
}

LogicalResult
ReduceOp::buildGradient(GradientContext &ctx, ArrayRef<Value> resultGradients,
                        const llvm::SmallBitVector &wanted,
                        SmallVectorImpl<Value> &operandGradients) {
  OpBuilder &b = ctx.builder;
  RankedTensorType type = getInput().getType();
  TensorExpr e(b, ctx.loc, type.getElementType());
  // Restore the reduced axes with extent 1, so that the tensor broadcasts.
  SmallVector<int64_t> kept(type.getShape());
  int64_t count = 1;
  for (int64_t axis : getAxes()) {
    count *= kept[axis];
    kept[axis] = 1;
  }
  auto spread = [&](Value x) -> Value {
    auto keptType =
        RankedTensorType::get(kept, getElementTypeOrSelf(x.getType()));
    return b.createOrFold<ReshapeOp>(ctx.loc, keptType, x);
  };
  Value dy = spread(resultGradients[0]);
  switch (getKind()) {
  case ReductionKind::sum:
    operandGradients[0] = e.fitTo(dy, type);
    break;
  case ReductionKind::mean:
    operandGradients[0] =
        e.fitTo(e.mul(dy, e.constant(1.0 / static_cast<double>(count))), type);
    break;
  case ReductionKind::max:
  case ReductionKind::min: {
    Value hit = e.eq(ctx.read(getInput()), spread(ctx.read(getResult())));
    Value mask = e.select(hit, e.constant(1), e.constant(0));
    Value ties = ReduceOp::create(b, ctx.loc, ReductionKind::sum, mask,
                                  getAxes(), /*keepdims=*/true);
    operandGradients[0] = e.mul(mask, e.div(dy, ties));
    break;
  }
  case ReductionKind::prod: {
    Value others =
        ProdGradOp::create(b, ctx.loc, type, ctx.read(getInput()), getAxes());
    operandGradients[0] = e.mul(dy, others);
    break;
  }
  }
  return success();
}

void SoftmaxCrossEntropyOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                             SmallVectorImpl<Value> &reads) {
  reads.append({getLogits(), getLabels()});
}

// (softmax - one_hot) dy / N; rows with a label outside the range are 0.
LogicalResult
SoftmaxCrossEntropyOp::buildGradient(GradientContext &ctx,
                                     ArrayRef<Value> resultGradients,
                                     const llvm::SmallBitVector &wanted,
                                     SmallVectorImpl<Value> &operandGradients) {
  OpBuilder &b = ctx.builder;
  RankedTensorType type = getLogits().getType();
  TensorExpr e(b, ctx.loc, type.getElementType());
  Value target = OneHotOp::create(b, ctx.loc, type, ctx.read(getLabels()));
  Value valid = ReduceOp::create(b, ctx.loc, ReductionKind::sum, target,
                                 ArrayRef<int64_t>{1}, /*keepdims=*/true);
  Value softmax = SoftmaxOp::create(b, ctx.loc, ctx.read(getLogits()), 1);
  Value scale =
      e.mul(resultGradients[0],
            e.constant(1.0 / static_cast<double>(type.getDimSize(0))));
  operandGradients[0] = e.mul(e.sub(e.mul(softmax, valid), target), scale);
  return success();
}

void DropoutOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                 SmallVectorImpl<Value> &reads) {
  reads.push_back(getSeed());
}

LogicalResult
DropoutOp::buildGradient(GradientContext &ctx, ArrayRef<Value> resultGradients,
                         const llvm::SmallBitVector &wanted,
                         SmallVectorImpl<Value> &operandGradients) {
  operandGradients[0] =
      DropoutOp::create(ctx.builder, ctx.loc, getType(), resultGradients[0],
                        ctx.read(getSeed()), getRatioAttr(), getStreamAttr());
  return success();
}

void WhereOp::getGradientReads(const llvm::SmallBitVector &wanted,
                               SmallVectorImpl<Value> &reads) {
  reads.push_back(getCondition());
}

LogicalResult WhereOp::buildGradient(GradientContext &ctx,
                                     ArrayRef<Value> resultGradients,
                                     const llvm::SmallBitVector &wanted,
                                     SmallVectorImpl<Value> &operandGradients) {
  TensorExpr e(ctx.builder, ctx.loc, getElementTypeOrSelf(getType()));
  Value dy = resultGradients[0], condition = ctx.read(getCondition());
  if (wanted.test(1))
    operandGradients[1] =
        e.fitTo(e.select(condition, dy, e.constant(0)), getLhs().getType());
  if (wanted.test(2))
    operandGradients[2] =
        e.fitTo(e.select(condition, e.constant(0), dy), getRhs().getType());
  return success();
}

void CastOp::getGradientReads(const llvm::SmallBitVector &wanted,
                              SmallVectorImpl<Value> &reads) {}

LogicalResult CastOp::buildGradient(GradientContext &ctx,
                                    ArrayRef<Value> resultGradients,
                                    const llvm::SmallBitVector &wanted,
                                    SmallVectorImpl<Value> &operandGradients) {
  operandGradients[0] = CastOp::create(
      ctx.builder, ctx.loc, getInput().getType(), resultGradients[0]);
  return success();
}
