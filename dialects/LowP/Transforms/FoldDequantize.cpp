//===- FoldDequantize.cpp - Lets products read codes ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "dialects/NN/IR/CodeFactor.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Support/Greedy.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace coppice::lowp {
#define GEN_PASS_DEF_LOWPFOLDDEQUANTIZE
#include "dialects/LowP/Transforms/Passes.h.inc"

namespace {
/// Returns the `train.saved` that holds `value` unchanged, if there is one.
train::SavedOp getKept(Value value) {
  auto saved = value.getDefiningOp<train::SavedOp>();
  return saved && isa<train::KeepAttr>(saved.getPolicy()) ? saved
                                                          : train::SavedOp();
}

/// Saves `codes` in place of the real values that `edge` holds.
Value saveCodes(PatternRewriter &rewriter, train::SavedOp edge, Value codes) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(edge);
  decisionRemark(edge, RemarkCategory::Format, "codes")
      << remark::reason("a product reads codes, so codes are saved in place of "
                        "real values");
  return train::SavedOp::create(rewriter, edge.getLoc(), edge.getPolicy(),
                                codes);
}

struct ReadCodes : RewritePattern {
  explicit ReadCodes(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (llvm::any_of(op->getOperandTypes(), isQuantizedTensor))
      return rewriter.notifyMatchFailure(op, "codes are an operand already");
    if (llvm::none_of(op->getResultTypes(), [](Type type) {
          return isa<FloatType>(getElementTypeOrSelf(type));
        }))
      return rewriter.notifyMatchFailure(op, "the result is no float");
    for (OpOperand &operand : op->getOpOperands()) {
      train::SavedOp edge = getKept(operand.get());
      auto dequantize = (edge ? edge.getValue() : operand.get())
                            .getDefiningOp<DequantizeOp>();
      if (!dequantize)
        continue;
      Value codes = dequantize.getInput();
      if (!nn::getCodeFactor(op, operand.getOperandNumber(),
                             getQuantizedType(codes.getType())))
        continue;
      if (edge)
        codes = saveCodes(rewriter, edge, codes);
      decisionRemark(op, RemarkCategory::Fusion, "dequantize")
          << mlir::remark::reason("'{0}' reads codes and scales its sums",
                                  op->getName().getStringRef());
      rewriter.modifyOpInPlace(op, [&] { operand.set(codes); });
      return success();
    }
    return rewriter.notifyMatchFailure(
        op, "no dequantized operand whose scales leave the sum");
  }
};

struct FoldDequantize : impl::LowPFoldDequantizeBase<FoldDequantize> {
  using LowPFoldDequantizeBase::LowPFoldDequantizeBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReadCodes>(&getContext());
    if (failed(rewriteGreedily(getOperation(), getArgument(),
                               std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
} // namespace coppice::lowp
