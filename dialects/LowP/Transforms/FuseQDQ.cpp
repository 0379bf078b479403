//===- FuseQDQ.cpp - Layers between conversions become integer --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Transforms/FuseQDQ.h"

#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "dialects/LowP/IR/Requantize.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Interfaces/InputUseInterface.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Support/Greedy.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

namespace coppice::lowp {
#define GEN_PASS_DEF_LOWPFUSEQDQ
#include "dialects/LowP/Transforms/Passes.h.inc"
} // namespace coppice::lowp

using namespace mlir;
using namespace coppice;
using namespace coppice::lowp;

namespace {
/// The range of codes that a layer may give.
struct CodeRange {
  explicit CodeRange(quant::UniformQuantizedType type)
      : type(type), low(type.getStorageTypeMin()),
        high(type.getStorageTypeMax()) {}

  /// Adds a clip that comes before those of this range, so its bounds are
  /// clamped to theirs. Quantization is monotone, so a clip of real values is a
  /// clip of codes.
  CodeRange clippedBefore(double from, double to) const {
    CodeRange range = *this;
    range.low = std::clamp(codeOf(from), low, high);
    range.high = std::clamp(codeOf(to), range.low, high);
    return range;
  }
  int64_t codeOf(double real) const {
    double code = std::nearbyint(real / type.getScale()) +
                  static_cast<double>(type.getZeroPoint());
    return static_cast<int64_t>(
        std::min(std::max(code, double(type.getStorageTypeMin())),
                 double(type.getStorageTypeMax())));
  }
  quant::QuantizedType getType() const {
    return withStorage(type, type.getStorageTypeIntegralWidth(),
                       type.isSigned(), low, high);
  }

  quant::UniformQuantizedType type;
  int64_t low, high;
};
} // namespace

std::optional<std::pair<double, double>> lowp::getClipRange(Operation *op) {
  auto codes = dyn_cast<CodesOpInterface>(op);
  return codes ? codes.getClipRange() : std::nullopt;
}

/// Whether `op` only moves or drops elements of its one operand, whatever their
/// values. An elementwise function gives the same result before and after it.
static bool movesElements(Operation *op) {
  return op->getNumOperands() == 1 && getIntegerForm(op) == IntegerForm::move &&
         nn::getOnlyKept(op);
}

/// Narrows `range` by the rectifiers and clips that end at `value`, and returns
/// the value before them. A clip of dequantized codes is not passed, because it
/// is a layer itself. Nor is a clip that leaves a single code, because a
/// storage range has at least two.
static Value skipClips(Value value, CodeRange &range) {
  while (Operation *op = value.getDefiningOp()) {
    auto ends = getClipRange(op);
    if (!ends || !op->hasOneUse() ||
        op->getOperand(0).getDefiningOp<DequantizeOp>())
      break;
    CodeRange clipped = range.clippedBefore(ends->first, ends->second);
    if (clipped.low == clipped.high)
      break;
    range = clipped;
    value = op->getOperand(0);
  }
  return value;
}

SmallVector<Value> lowp::getCodeOperands(Operation *op) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    auto dequantize = operand.getDefiningOp<DequantizeOp>();
    operands.push_back(dequantize ? dequantize.getInput() : operand);
  }
  return operands;
}

Operation *lowp::cloneOnCodes(PatternRewriter &rewriter, Operation *op,
                              Location loc, quant::QuantizedType type) {
  Operation *layer = rewriter.clone(*op);
  layer->setOperands(getCodeOperands(op));
  layer->setLoc(loc);
  Value result = layer->getResult(0);
  result.setType(withElement(result.getType(), type));
  return layer;
}

/// Replaces `old` by `fresh`, whose storage range may be narrower. Layers take
/// any storage range, and reshapes pass it on. Any other user, such as the
/// function's return, gets the codes in the old type.
static void replaceResult(PatternRewriter &rewriter, Value old, Value fresh) {
  Type type = old.getType();
  if (fresh.getType() == type) {
    rewriter.replaceAllUsesWith(old, fresh);
    return;
  }
  OpBuilder::InsertionGuard guard(rewriter);
  for (Operation *user : llvm::make_early_inc_range(old.getUsers())) {
    auto reshape = dyn_cast<nn::ReshapeOp>(user);
    if (!reshape)
      continue;
    rewriter.setInsertionPoint(reshape);
    Value moved = nn::ReshapeOp::create(
        rewriter, reshape.getLoc(),
        withElement(reshape.getType(), getElementTypeOrSelf(fresh)), fresh);
    replaceResult(rewriter, reshape.getResult(), moved);
    rewriter.eraseOp(reshape);
  }
  auto isLayer = [](OpOperand &use) {
    return isa_and_nonnull<nn::NNDialect, LowPDialect, quant::QuantDialect>(
        use.getOwner()->getDialect());
  };
  rewriter.replaceUsesWithIf(old, fresh, isLayer);
  if (old.use_empty())
    return;
  rewriter.setInsertionPointAfterValue(fresh);
  Value codes = quant::StorageCastOp::create(rewriter, fresh.getLoc(),
                                             getStorageTensor(type), fresh);
  fresh = quant::StorageCastOp::create(rewriter, fresh.getLoc(), type, codes);
  rewriter.replaceAllUsesWith(old, fresh);
}

namespace {
/// A pattern for a quantize with one scale; `range` has its type.
struct OneScalePattern : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<quant::UniformQuantizedType>(
        getQuantizedType(op.getResult().getType()));
    if (!type)
      return rewriter.notifyMatchFailure(op, "scales along an axis");
    return rewrite(op, CodeRange(type), rewriter);
  }
  virtual LogicalResult rewrite(QuantizeOp op, CodeRange range,
                                PatternRewriter &rewriter) const = 0;
};

/// A quantize of a dequantize becomes a change of format.
struct ConvertCodes : OneScalePattern {
  using OneScalePattern::OneScalePattern;
  LogicalResult rewrite(QuantizeOp op, CodeRange range,
                        PatternRewriter &rewriter) const override {
    auto dequantize = op.getInput().getDefiningOp<DequantizeOp>();
    if (!dequantize)
      return rewriter.notifyMatchFailure(op, "its input is not dequantized");
    Value codes = dequantize.getInput();
    auto from = dyn_cast<quant::UniformQuantizedType>(
        getQuantizedType(codes.getType()));
    if (!from)
      return rewriter.notifyMatchFailure(op, "reads scales along an axis");
    Value converted = codes;
    if (!holdsSameCodes(from, range.type)) {
      rewriter.setInsertionPoint(op);
      converted = nn::CastOp::create(
          rewriter, rewriter.getFusedLoc({op.getLoc(), dequantize.getLoc()}),
          op.getResult().getType(), codes);
    }
    replaceResult(rewriter, op.getResult(), converted);
    rewriter.eraseOp(op);
    return success();
  }
};

/// A layer on dequantized codes, clips and a quantize become a layer on codes.
struct FuseLayer : OneScalePattern {
  using OneScalePattern::OneScalePattern;
  LogicalResult rewrite(QuantizeOp op, CodeRange range,
                        PatternRewriter &rewriter) const override {
    Value value = skipClips(op.getInput(), range);
    Operation *layer = value.getDefiningOp();
    if (!layer || !value.hasOneUse() || layer->getResult(0) != value ||
        !llvm::all_of(layer->getResults().drop_front(),
                      [](Value other) { return other.use_empty(); }))
      return rewriter.notifyMatchFailure(op, "not the only use of a layer");
    std::string reason = whyNotInteger(layer);
    if (reason.empty() && getRequantize(op) == Requantize::TFLite)
      reason = whyNotFixedPoint(layer, range.getType());
    if (!reason.empty())
      return rewriter.notifyMatchFailure(
          layer, [&](Diagnostic &diag) { diag << reason; });
    if (movesElements(layer) &&
        getElementTypeOrSelf(getCodeOperands(layer)[0].getType()) !=
            range.getType())
      return rewriter.notifyMatchFailure(layer,
                                         "moves codes, which keep their type");
    rewriter.setInsertionPoint(op);
    Location loc = rewriter.getFusedLoc({op.getLoc(), layer->getLoc()});
    Operation *fused = cloneOnCodes(rewriter, layer, loc, range.getType());
    replaceResult(rewriter, op.getResult(), fused->getResult(0));
    rewriter.eraseOp(op);
    return success();
  }
};

/// A clip of a function's argument, which is not the result of a layer, narrows
/// the range of the codes that the argument is quantized to.
struct ClipWhileQuantizing : OneScalePattern {
  using OneScalePattern::OneScalePattern;
  LogicalResult rewrite(QuantizeOp op, CodeRange range,
                        PatternRewriter &rewriter) const override {
    Value value = skipClips(op.getInput(), range);
    if (value == op.getInput())
      return rewriter.notifyMatchFailure(op, "no clip before it");
    Value origin = value;
    while (Operation *move = origin.getDefiningOp()) {
      OpOperand *moved = nn::getMoved(move);
      if (!moved)
        return rewriter.notifyMatchFailure(move,
                                           "takes the clip, or none does");
      origin = moved->get();
    }
    Value codes = QuantizeOp::create(
        rewriter, op.getLoc(),
        withElement(op.getResult().getType(), range.getType()), value);
    replaceResult(rewriter, op.getResult(), codes);
    rewriter.eraseOp(op);
    return success();
  }
};

/// Moves a quantize before a reshape, to the layer whose result is reshaped.
struct QuantizeBeforeReshape : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto reshape = op.getInput().getDefiningOp<nn::ReshapeOp>();
    quant::QuantizedType type = getQuantizedType(op.getResult().getType());
    if (!reshape || !reshape->hasOneUse() ||
        !isa<quant::UniformQuantizedType>(type))
      return rewriter.notifyMatchFailure(op, "not the only use of a reshape");
    Value codes = QuantizeOp::create(
        rewriter, op.getLoc(), withElement(reshape.getInput().getType(), type),
        reshape.getInput());
    rewriter.replaceOpWithNewOp<nn::ReshapeOp>(op, op.getResult().getType(),
                                               codes);
    return success();
  }
};

/// An op that moves dequantized elements moves their codes, which have a
/// quarter of the bytes.
struct MoveCodes : RewritePattern {
  explicit MoveCodes(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!movesElements(op))
      return rewriter.notifyMatchFailure(op, "computes, or has more operands");
    auto dequantize = op->getOperand(0).getDefiningOp<DequantizeOp>();
    if (!dequantize)
      return rewriter.notifyMatchFailure(op, "input is not dequantized");
    auto type = dyn_cast<quant::UniformQuantizedType>(
        getQuantizedType(dequantize.getInput().getType()));
    if (!type)
      return rewriter.notifyMatchFailure(op, "scales along an axis");
    Operation *moved = cloneOnCodes(rewriter, op, op->getLoc(), type);
    rewriter.replaceOpWithNewOp<DequantizeOp>(op, op->getResult(0).getType(),
                                              moved->getResult(0));
    return success();
  }
};
} // namespace

/// Reports the format that a layer computes on, and, for a layer between
/// conversions that stays on reals, the reason.
static void remarkFormat(Operation *op) {
  auto quantize = dyn_cast<QuantizeOp>(op);
  if (!quantize) {
    if (isa_and_nonnull<nn::NNDialect>(op->getDialect()) &&
        op->getNumResults() && isQuantizedTensor(op->getResult(0).getType()))
      decisionRemark(op, RemarkCategory::Format, "on-codes")
          << mlir::remark::reason("'{0}' computes on codes of {1} bits",
                                  op->getName().getStringRef(),
                                  getQuantizedType(op->getResult(0).getType())
                                      .getStorageTypeIntegralWidth());
    return;
  }
  Operation *layer = quantize.getInput().getDefiningOp();
  if (!layer || !isa_and_nonnull<nn::NNDialect>(layer->getDialect()))
    return;
  std::string reason = whyNotInteger(layer);
  if (reason.empty() && getRequantize(quantize) == Requantize::TFLite)
    reason = whyNotFixedPoint(layer,
                              getQuantizedType(quantize.getResult().getType()));
  if (reason.empty())
    reason = "another op reads its result";
  decisionRemark(layer, RemarkCategory::Format, "on-reals")
      << mlir::remark::reason("'{0}' computes on reals: {1}",
                              layer->getName().getStringRef(), reason);
}

namespace {
struct FuseQDQ : lowp::impl::LowPFuseQDQBase<FuseQDQ> {
  using LowPFuseQDQBase::LowPFuseQDQBase;
  void runOnOperation() override {
    // A function with a gradient request contains a loss. It was fused before
    // the loss was added.
    if (!getOperation().getOps<train::GradientOp>().empty())
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertCodes, FuseLayer, ClipWhileQuantizing,
                 QuantizeBeforeReshape, MoveCodes>(&getContext());
    populateBiasPatterns(patterns);
    if (failed(rewriteGreedily(getOperation(), getArgument(),
                               std::move(patterns))))
      return signalPassFailure();
    getOperation().walk(remarkFormat);
  }
};
} // namespace
