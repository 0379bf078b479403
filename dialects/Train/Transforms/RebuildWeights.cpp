//===- RebuildWeights.cpp - Chooses to recompute joined weights -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/Assembly.h"
#include "dialects/Train/Transforms/Passes.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINREBUILDWEIGHTS
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
struct RebuildSaved : OpRewritePattern<SavedOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SavedOp saved,
                                PatternRewriter &rewriter) const override {
    if (!isa<KeepAttr>(saved.getPolicy()))
      return rewriter.notifyMatchFailure(saved, "it is not held as it is");
    Operation *weight = saved.getValue().getDefiningOp();
    if (!weight || !assembles(weight))
      return rewriter.notifyMatchFailure(
          saved, "it is not computed from parameters by moving elements");
    if (!storesAssembly(weight))
      return rewriter.notifyMatchFailure(saved,
                                         "it is a parameter or a view of one");
    rewriter.modifyOpInPlace(
        saved, [&] { saved.setPolicyAttr(RecomputeAttr::get(getContext())); });
    decisionRemark(saved, RemarkCategory::Format, "recompute")
        << remark::reason(
               "the slices of the weight are joined again for each reader");
    return success();
  }
};

struct RebuildWeights : impl::TrainRebuildWeightsBase<RebuildWeights> {
  using TrainRebuildWeightsBase::TrainRebuildWeightsBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RebuildSaved>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
} // namespace coppice::train
