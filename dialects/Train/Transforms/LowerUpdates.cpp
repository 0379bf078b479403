//===- LowerUpdates.cpp - Expands optimizer steps ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINLOWERUPDATES
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
struct LowerUpdate : OpRewritePattern<UpdateOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UpdateOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> results = op.getOptimizer().buildUpdate(
        rewriter, op.getLoc(), op.getParameter(), op.getGradient(),
        op.getSlots(), op.getLearningRate(), op.getStep());
    if (results.size() != op->getNumResults())
      return rewriter.notifyMatchFailure(
          op, "the optimizer built another number of slots than it names");
    rewriter.replaceOp(op, results);
    return success();
  }
};

struct LowerUpdates : impl::TrainLowerUpdatesBase<LowerUpdates> {
  using TrainLowerUpdatesBase::TrainLowerUpdatesBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<LowerUpdate>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
} // namespace coppice::train
