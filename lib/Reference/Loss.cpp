//===- Loss.cpp - Losses, labels and random numbers -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Ops.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::Operation;

/// Returns the first word of a block of Philox-4x32-10 (Salmon et al., SC
/// 2011).
static uint32_t firstWord(uint32_t (&counter)[4], uint32_t (&key)[2]) {
  for (int round = 0; round < 10; ++round) {
    uint64_t first = uint64_t(0xD2511F53) * counter[0];
    uint64_t second = uint64_t(0xCD9E8D57) * counter[2];
    uint32_t next[4] = {
        static_cast<uint32_t>(second >> 32) ^ counter[1] ^ key[0],
        static_cast<uint32_t>(second),
        static_cast<uint32_t>(first >> 32) ^ counter[3] ^ key[1],
        static_cast<uint32_t>(first)};
    std::copy(std::begin(next), std::end(next), std::begin(counter));
    key[0] += 0x9E3779B9, key[1] += 0xBB67AE85;
  }
  return counter[0];
}

double reference::draw(uint64_t seed, uint64_t stream, uint64_t i) {
  auto low = [](uint64_t x) { return static_cast<uint32_t>(x); };
  auto high = [](uint64_t x) { return static_cast<uint32_t>(x >> 32); };
  uint32_t counter[4] = {low(i), high(i), low(stream), high(stream)};
  uint32_t key[2] = {low(seed), high(seed)};
  return static_cast<double>(firstWord(counter, key)) * 0x1p-32;
}

static ReferenceTensor dropout(nn::DropoutOp op, const ReferenceTensor &x,
                               const ReferenceTensor &seed) {
  ReferenceTensor y = zeros(x.shape);
  y.op = "dropout";
  double ratio = op.getRatio().convertToDouble();
  for (int64_t i = 0; i < x.size(); ++i)
    if (draw(seed.integers.front(), op.getStream(), i) >= ratio)
      y.reals[i] = x.reals[i] / (1 - ratio);
  return y;
}

/// A label outside the classes adds no loss.
static ReferenceTensor crossEntropy(nn::SoftmaxCrossEntropyOp op,
                                    const ReferenceTensor &logits,
                                    const ReferenceTensor &labels) {
  int64_t rows = logits.shape[0], classes = logits.shape[1];
  ReferenceTensor loss = zeros({});
  loss.op = "softmax_cross_entropy";
  loss.rounded = 1; // the sum of the powers is 1 or more
  for (int64_t row = 0; row < rows; ++row) {
    int64_t label = labels.integers[row];
    if (label < 0 || label >= classes)
      continue;
    const double *scores = &logits.reals[row * classes];
    double most = *std::max_element(scores, scores + classes), sum = 0;
    for (int64_t k = 0; k < classes; ++k)
      sum += std::exp(scores[k] - most);
    loss.reals[0] +=
        (std::log(sum) + most - scores[label]) / static_cast<double>(rows);
  }
  return loss;
}

static ReferenceTensor oneHot(nn::OneHotOp op, const ReferenceTensor &labels) {
  ReferenceTensor y = zeros(shapeOf(op));
  int64_t classes = y.shape.back();
  for (int64_t i = 0; i < labels.size(); ++i)
    if (int64_t label = labels.integers[i]; label >= 0 && label < classes)
      y.reals[i * classes + label] = 1;
  if (isa<mlir::IntegerType>(mlir::getElementTypeOrSelf(op.getType())))
    y.integers.assign(y.reals.begin(), y.reals.end());
  return y;
}

std::optional<ReferenceTensor> reference::evaluateLoss(Operation *op,
                                                       Operands operands) {
  const ReferenceTensor &x = *operands[0];
  return TypeSwitch<Operation *, std::optional<ReferenceTensor>>(op)
      .Case([&](nn::DropoutOp drop) { return dropout(drop, x, *operands[1]); })
      .Case([&](nn::SoftmaxCrossEntropyOp loss) {
        return crossEntropy(loss, x, *operands[1]);
      })
      .Case([&](nn::OneHotOp hot) { return oneHot(hot, x); })
      .Default([](Operation *) { return std::nullopt; });
}
