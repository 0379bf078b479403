//===- Layers.cpp - Weights and biases of layers ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// ContractionOpInterface.
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"

using namespace mlir;
using namespace coppice::nn;

static OpOperand *getOnly(MutableOperandRange range) {
  return range.empty() ? nullptr : &range[0];
}

//===----------------------------------------------------------------------===//
// Convolutions: weights are KH x KW x (C / groups) x F
//===----------------------------------------------------------------------===//

static int64_t countTaps(Value weight) {
  ArrayRef<int64_t> shape = cast<ShapedType>(weight.getType()).getShape();
  return shape[0] * shape[1] * shape[2];
}

void Conv2DOp::getWeights(SmallVectorImpl<WeightOperand> &weights) {
  int64_t inputs = cast<ShapedType>(getInput().getType()).getDimSize(3);
  bool depthwise = getGroups() > 1 && int64_t(getGroups()) == inputs;
  weights.push_back({&getWeightMutable(), depthwise ? 3 : 2, 3});
}

OpOperand *Conv2DOp::getBiasOperand() { return getOnly(getBiasMutable()); }

std::optional<int64_t> Conv2DOp::countProducts() {
  return countTaps(getWeight());
}

// The channels of dy are its input.
void Conv2DInputGradOp::getWeights(SmallVectorImpl<WeightOperand> &weights) {
  weights.push_back({&getWeightMutable(), 3, 2});
}

// Fewer taps reach the edges, and with a stride rows and columns differ.
std::optional<int64_t> Conv2DInputGradOp::countProducts() {
  return std::nullopt;
}

int64_t Conv2DInputGradOp::countAllProducts() {
  return cast<ShapedType>(getDy().getType()).getNumElements() *
         countTaps(getWeight());
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

void MatMulOp::getWeights(SmallVectorImpl<WeightOperand> &weights) {
  int64_t rank = getRhs().getType().getRank();
  bool transposed = getTransposeRhs();
  weights.push_back({&getRhsMutable(), transposed ? rank - 1 : rank - 2,
                     transposed ? rank - 2 : rank - 1});
  rank = getLhs().getType().getRank();
  transposed = getTransposeLhs();
  weights.push_back({&getLhsMutable(), transposed ? rank - 2 : rank - 1,
                     transposed ? rank - 1 : rank - 2});
}

OpOperand *MatMulOp::getBiasOperand() { return getOnly(getBiasMutable()); }

std::optional<int64_t> MatMulOp::countProducts() {
  ArrayRef<int64_t> lhs = getLhs().getType().getShape();
  return lhs[lhs.size() - (getTransposeLhs() ? 2 : 1)];
}
