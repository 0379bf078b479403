//===- RemoveDropout.cpp - Removes dropout from inference -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/RemoveDropout.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Passes.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINREMOVEDROPOUT
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
struct ReplaceByInput : OpRewritePattern<nn::DropoutOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::DropoutOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, op.getInput());
    return success();
  }
};
} // namespace

void removeDropouts(func::FuncOp function) {
  RewritePatternSet patterns(function.getContext());
  patterns.add<ReplaceByInput>(function.getContext());
  walkAndApplyPatterns(function, std::move(patterns));
}

namespace {
struct RemoveDropout : impl::TrainRemoveDropoutBase<RemoveDropout> {
  using TrainRemoveDropoutBase::TrainRemoveDropoutBase;

  void runOnOperation() override {
    if (getOperation().getOps<GradientOp>().empty() &&
        !getOperation()->hasAttr(kTrainingAttr))
      removeDropouts(getOperation());
  }
};
} // namespace
} // namespace coppice::train
