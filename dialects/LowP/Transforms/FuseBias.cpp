//===- FuseBias.cpp - Bias additions of matmuls on codes --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "dialects/LowP/IR/Requantize.h"
#include "dialects/LowP/Transforms/FuseQDQ.h"
#include "dialects/NN/IR/NN.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::lowp;

/// Returns the type of the accumulators of a matmul on codes: i32 of scale
/// s_x s_w, which holds the sums exactly.
static quant::QuantizedType getAccumulatorType(nn::MatMulOp op) {
  SmallVector<Value> operands = getCodeOperands(op);
  Scales lhs = getScales(getQuantizedType(operands[0].getType()));
  quant::QuantizedType rhsType = getQuantizedType(operands[1].getType());
  Scales rhs = getScales(rhsType);
  for (double &scale : rhs.scales)
    scale *= lhs.scales[0];
  Type storage = IntegerType::get(op.getContext(), 32);
  int64_t min = llvm::minIntN(32), max = llvm::maxIntN(32);
  if (rhs.axis < 0)
    return quant::UniformQuantizedType::get(quant::QuantizationFlags::Signed,
                                            storage, rhsType.getExpressedType(),
                                            rhs.scales[0], 0, min, max);
  SmallVector<int64_t> zeros(rhs.scales.size(), 0);
  return quant::UniformQuantizedPerAxisType::get(
      quant::QuantizationFlags::Signed, storage, rhsType.getExpressedType(),
      rhs.scales, zeros, op.getType().getRank() - 1, min, max);
}

/// Returns the quantize that is the only user of `value`, or of the rectifiers
/// behind it; null if there is none.
static QuantizeOp getQuantizeNext(Value value) {
  while (value.hasOneUse() && getClipRange(*value.user_begin()))
    value = value.user_begin()->getResult(0);
  return value.hasOneUse() ? dyn_cast<QuantizeOp>(*value.user_begin())
                           : QuantizeOp();
}

/// Whether the arithmetic of the module computes `layer` with the codes that
/// `next` gives.
static bool hasIntegerLayer(Operation *layer, QuantizeOp next) {
  return whyNotInteger(layer).empty() &&
         (getRequantize(next) != Requantize::TFLite ||
          whyNotFixedPoint(layer, getQuantizedType(next.getResult().getType()))
              .empty());
}

/// Returns integer matmuls that only `add` reads, each with the codes that it
/// adds.
static SmallVector<std::pair<nn::MatMulOp, Value>, 2>
findBiasedMatMuls(nn::AddOp add) {
  SmallVector<std::pair<nn::MatMulOp, Value>, 2> found;
  for (OpOperand &operand : add->getOpOperands()) {
    auto matmul = operand.get().getDefiningOp<nn::MatMulOp>();
    Value bias = add->getOperand(1 - operand.getOperandNumber());
    if (matmul && !matmul.getBias() && matmul->hasOneUse() &&
        bias.getDefiningOp<DequantizeOp>() && whyNotInteger(matmul).empty())
      found.emplace_back(matmul, bias);
  }
  return found;
}

namespace {
/// The bias of a quantized matmul + bias becomes an operand of the matmul,
/// which then requantizes once. If integers cannot compute the two as one
/// layer, `SplitBias` keeps the products on codes.
struct JoinBias : OpRewritePattern<nn::AddOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::AddOp add,
                                PatternRewriter &rewriter) const override {
    for (auto [matmul, bias] : findBiasedMatMuls(add)) {
      if (matmul.getType() != add.getType() ||
          cast<RankedTensorType>(bias.getType()).getShape() !=
              add.getType().getShape().take_back())
        continue;
      QuantizeOp next = getQuantizeNext(add);
      if (!next)
        continue;
      nn::MatMulOp joined = matmul.clone();
      joined.getBiasMutable().assign(bias);
      if (!hasIntegerLayer(joined, next)) {
        joined.erase();
        continue;
      }
      joined->setLoc(rewriter.getFusedLoc({add.getLoc(), matmul.getLoc()}));
      rewriter.setInsertionPoint(add);
      rewriter.insert(joined);
      rewriter.replaceOp(add, joined->getResults());
      return success();
    }
    return rewriter.notifyMatchFailure(
        add, "no bias behind an integer matmul that is quantized");
  }
};

/// The matmul of a matmul + bias, both on codes, returns its accumulators as
/// codes.
struct SplitBias : OpRewritePattern<nn::AddOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::AddOp add,
                                PatternRewriter &rewriter) const override {
    auto found = findBiasedMatMuls(add);
    if (found.empty())
      return rewriter.notifyMatchFailure(add,
                                         "no bias behind an integer matmul");
    nn::MatMulOp matmul = found.front().first;
    rewriter.setInsertionPoint(matmul);
    Operation *sums = cloneOnCodes(rewriter, matmul, matmul.getLoc(),
                                   getAccumulatorType(matmul));
    rewriter.replaceOpWithNewOp<DequantizeOp>(matmul, matmul.getType(),
                                              sums->getResult(0));
    return success();
  }
};
} // namespace

void lowp::populateBiasPatterns(RewritePatternSet &patterns) {
  // JoinBias comes before SplitBias, because its layer requantizes once and not
  // twice.
  patterns.add<JoinBias>(patterns.getContext(), /*benefit=*/2);
  patterns.add<SplitBias>(patterns.getContext());
}
