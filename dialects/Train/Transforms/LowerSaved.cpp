//===- LowerSaved.cpp - Replaces edges by held values -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINLOWERSAVED
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
struct LowerKeep : OpRewritePattern<SavedOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SavedOp saved,
                                PatternRewriter &rewriter) const override {
    if (!isa<KeepAttr>(saved.getPolicy()))
      return rewriter.notifyMatchFailure(saved, "not held as it is");
    rewriter.replaceOp(saved, saved.getValue());
    return success();
  }
};

/// Computes the mask right behind the value, so that the value need not live
/// on.
struct LowerMask : OpRewritePattern<SavedOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SavedOp saved,
                                PatternRewriter &rewriter) const override {
    auto policy = dyn_cast<MaskAttr>(saved.getPolicy());
    if (!policy)
      return rewriter.notifyMatchFailure(saved, "not held as a mask");
    Value value = saved.getValue();
    Location loc = value.getLoc();
    rewriter.setInsertionPointAfterValue(value);
    if (lowp::isQuantizedTensor(value.getType()))
      value = lowp::DequantizeOp::create(
          rewriter, loc, lowp::getRealTensor(value.getType()), value);
    Value mask =
        lowp::RangeMaskOp::create(rewriter, loc, saved.getType(), value,
                                  policy.getLow(), policy.getHigh());
    rewriter.replaceOp(saved, mask);
    return success();
  }
};

struct LowerSaved : impl::TrainLowerSavedBase<LowerSaved> {
  using TrainLowerSavedBase::TrainLowerSavedBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<LowerKeep, LowerMask>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    getOperation().walk([&](SavedOp saved) {
      if (isa<RecomputeAttr>(saved.getPolicy()))
        return;
      saved.emitOpError("has the policy ")
          << saved.getPolicy()
          << ", which has not been realized; run --train-store-gradients";
      signalPassFailure();
    });
  }
};
} // namespace
} // namespace coppice::train
