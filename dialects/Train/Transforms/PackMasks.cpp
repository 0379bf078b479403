//===- PackMasks.cpp - Masks for the gradients of rectifiers ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Transforms/Passes.h"
#include "dialects/Train/Transforms/Rectifiers.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINPACKMASKS
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
/// Whether a consumer of `gradient` reads it with a border. A select by mask
/// cannot write the border in the same kernel.
bool wantsBorder(Value gradient) {
  return llvm::any_of(gradient.getUses(), [&](OpOperand &use) {
    if (auto stored = dyn_cast<SavedOp>(use.getOwner()))
      return wantsBorder(stored);
    auto reader = dyn_cast<plan::PlanningOpInterface>(use.getOwner());
    return reader && reader.getBorder(use.getOperandNumber());
  });
}

/// Returns the edge through which `value` reaches the backward pass, perhaps as
/// codes.
SavedOp getEdge(Value value) {
  if (auto real = value.getDefiningOp<lowp::DequantizeOp>())
    value = real.getInput();
  return value.getDefiningOp<SavedOp>();
}

struct PackMask : OpRewritePattern<nn::WhereOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::WhereOp select,
                                PatternRewriter &rewriter) const override {
    std::optional<OpenRange> range = matchRange(select.getCondition());
    SavedOp saved = range ? getEdge(range->value) : SavedOp();
    if (!saved)
      return rewriter.notifyMatchFailure(
          select, "its condition is not a range of a saved value");
    SmallVector<Rectifier> found = findRectifiers(saved, [&](const Twine &why) {
      (void)rewriter.notifyMatchFailure(saved, why);
    });
    if (found.empty())
      return failure();
    decisionRemark(saved, RemarkCategory::Format, "mask")
        << remark::reason("one bit an element is held in place of {0} bytes",
                          plan::getStoredBytes(saved.getValue().getType()));
    rewriter.setInsertionPoint(saved);
    auto policy = MaskAttr::get(getContext(), llvm::APFloat(range->low),
                                llvm::APFloat(range->high));
    Value mask =
        SavedOp::create(rewriter, saved.getLoc(), policy, saved.getValue());
    rewriter.setInsertionPoint(select);
    Value condition = select.getCondition();
    rewriter.replaceOpWithNewOp<lowp::SelectByMaskOp>(select, select.getType(),
                                                      select.getLhs(), mask);
    eraseUnread(rewriter, condition);
    return success();
  }

  /// Erases the ops that the comparison depended on, up to the edge.
  static void eraseUnread(PatternRewriter &rewriter, Value condition) {
    SmallVector<Value> values{condition};
    while (!values.empty()) {
      Operation *def = values.pop_back_val().getDefiningOp();
      if (!def || !isOpTriviallyDead(def))
        continue;
      if (!isa<SavedOp>(def))
        llvm::append_range(values, def->getOperands());
      rewriter.eraseOp(def);
    }
  }
};

struct PackMasks : impl::TrainPackMasksBase<PackMasks> {
  using TrainPackMasksBase::TrainPackMasksBase;

  void runOnOperation() override {
    int64_t held = 0, largest = 0;
    SavedOp bordered;
    getOperation().walk([&](SavedOp saved) {
      if (saved.use_empty())
        return;
      int64_t bytes = plan::getStoredBytes(saved.getValue().getType());
      for (Rectifier rectifier : findRectifiers(saved, [](const Twine &) {})) {
        held += bytes;
        largest = std::max(largest, bytes);
        if (wantsBorder(rectifier.select))
          bordered = saved;
      }
    });
    // The copy with a border costs as many bytes as one mask saves, so other
    // masks must save more.
    if (bordered && held < 2 * largest) {
      decisionRemark(bordered, RemarkCategory::Format, "mask")
          << remark::reason("the gradient is read with a border, whose copy "
                            "costs what the one mask saves");
      return;
    }
    RewritePatternSet patterns(&getContext());
    patterns.add<PackMask>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
} // namespace coppice::train
