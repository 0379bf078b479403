//===- LowerCopies.cpp - Strided copies become loops -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Support/Greedy.h"
#include "lib/Target/LLVM/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace coppice::target {
#define GEN_PASS_DEF_LOWERCOPIES
#include "lib/Target/LLVM/Passes.h.inc"
} // namespace coppice::target

using namespace mlir;

/// Whether the elements of a buffer are contiguous.
static bool isContiguous(MemRefType type) {
  return type.hasStaticShape() &&
         type.areTrailingDimsContiguous(type.getRank());
}

namespace {
struct StridedCopy : OpRewritePattern<memref::CopyOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(memref::CopyOp op,
                                PatternRewriter &rewriter) const override {
    auto from = dyn_cast<MemRefType>(op.getSource().getType());
    auto to = dyn_cast<MemRefType>(op.getTarget().getType());
    if (!from || !to)
      return rewriter.notifyMatchFailure(op, "unranked");
    if (isContiguous(from) && isContiguous(to))
      return rewriter.notifyMatchFailure(op, "contiguous: memcpy");
    rewriter.replaceOpWithNewOp<linalg::CopyOp>(op, op.getSource(),
                                                op.getTarget());
    return success();
  }
};

struct LowerCopies : coppice::target::impl::LowerCopiesBase<LowerCopies> {
  using LowerCopiesBase::LowerCopiesBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<StridedCopy>(&getContext());
    if (failed(coppice::rewriteGreedily(getOperation(), getArgument(),
                                        std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
