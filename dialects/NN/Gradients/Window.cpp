//===- Window.cpp - Gradients of convolution and pooling -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"

using namespace mlir;
using namespace coppice::nn;
using coppice::train::GradientContext;

void Conv2DOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                SmallVectorImpl<Value> &reads) {
  if (wanted.test(0))
    reads.push_back(getWeight());
  if (wanted.test(1))
    reads.push_back(getInput());
}

LogicalResult
Conv2DOp::buildGradient(GradientContext &ctx, ArrayRef<Value> resultGradients,
                        const llvm::SmallBitVector &wanted,
                        SmallVectorImpl<Value> &operandGradients) {
  OpBuilder &b = ctx.builder;
  Value dy = resultGradients[0];
  if (wanted.test(0))
    operandGradients[0] = Conv2DInputGradOp::create(
        b, ctx.loc, getInput().getType(), dy, ctx.read(getWeight()),
        getStrides(), getPads(), getDilations(), getGroups());
  if (wanted.test(1))
    operandGradients[1] = Conv2DWeightGradOp::create(
        b, ctx.loc, getWeight().getType(), ctx.read(getInput()), dy,
        getStrides(), getPads(), getDilations(), getGroups());
  if (getBias() && wanted.test(2))
    operandGradients[2] =
        ReduceOp::create(b, ctx.loc, ReductionKind::sum, dy,
                         ArrayRef<int64_t>{0, 1, 2}, /*keepdims=*/false);
  return success();
}

// The input gradient is linear in dy and in the weight: with g the gradient of
// its result (an input), d/d(dy) is the convolution of g and d/dw the weight
// gradient of g.
void Conv2DInputGradOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                         SmallVectorImpl<Value> &reads) {
  if (wanted.test(0))
    reads.push_back(getWeight());
  if (wanted.test(1))
    reads.push_back(getDy());
}

LogicalResult
Conv2DInputGradOp::buildGradient(GradientContext &ctx,
                                 ArrayRef<Value> resultGradients,
                                 const llvm::SmallBitVector &wanted,
                                 SmallVectorImpl<Value> &operandGradients) {
  OpBuilder &b = ctx.builder;
  Value g = resultGradients[0];
  if (wanted.test(0))
    operandGradients[0] = Conv2DOp::create(
        b, ctx.loc, getDy().getType(), g, ctx.read(getWeight()),
        /*bias=*/Value(), getStrides(), getPads(), getDilations(), getGroups());
  if (wanted.test(1))
    operandGradients[1] = Conv2DWeightGradOp::create(
        b, ctx.loc, getWeight().getType(), g, ctx.read(getDy()), getStrides(),
        getPads(), getDilations(), getGroups());
  return success();
}

void MaxPool2DOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                   SmallVectorImpl<Value> &reads) {
  reads.push_back(getInput());
}

LogicalResult
MaxPool2DOp::buildGradient(GradientContext &ctx,
                           ArrayRef<Value> resultGradients,
                           const llvm::SmallBitVector &wanted,
                           SmallVectorImpl<Value> &operandGradients) {
  operandGradients[0] = MaxPool2DGradOp::create(
      ctx.builder, ctx.loc, getInput().getType(), ctx.read(getInput()),
      resultGradients[0], getKernel(), getStrides(), getPads(), getDilations());
  return success();
}

void AvgPool2DOp::getGradientReads(const llvm::SmallBitVector &wanted,
                                   SmallVectorImpl<Value> &reads) {}

LogicalResult
AvgPool2DOp::buildGradient(GradientContext &ctx,
                           ArrayRef<Value> resultGradients,
                           const llvm::SmallBitVector &wanted,
                           SmallVectorImpl<Value> &operandGradients) {
  if (llvm::any_of(getBorder(), [](int64_t n) { return n != 0; }))
    return emitOpError("has a border, which forming kernels adds; build its "
                       "gradient before kernels are formed");
  operandGradients[0] =
      AvgPool2DGradOp::create(ctx.builder, ctx.loc, getInput().getType(),
                              resultGradients[0], getKernel(), getStrides(),
                              getPads(), getDilations(), getCountIncludePad());
  return success();
}
