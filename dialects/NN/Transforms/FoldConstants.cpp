//===- FoldConstants.cpp - Folds constants and transposes -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Evaluate.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Transforms/Passes.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Support/Greedy.h"
#include "lib/Support/Permute.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/StringSet.h"

namespace coppice::nn {
#define GEN_PASS_DEF_NNFOLDCONSTANTS
#include "dialects/NN/Transforms/Passes.h.inc"
} // namespace coppice::nn

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

namespace {
/// Replaces an op on constants by a constant.
struct EvaluateOp : RewritePattern {
  EvaluateOp(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}
  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!isa_and_nonnull<NNDialect>(op->getDialect()))
      return rewriter.notifyMatchFailure(op, "not an nn op");
    DenseElementsAttr value = evaluate(op);
    if (!value)
      return rewriter.notifyMatchFailure(
          op, "the operands are not constant, or a tensor is large");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, value);
    return success();
  }
};

struct NNFoldConstants
    : coppice::nn::impl::NNFoldConstantsBase<NNFoldConstants> {
  using NNFoldConstantsBase::NNFoldConstantsBase;

  /// Stores `parameter` in the order in which all its readers transpose it.
  static void permuteStorage(train::ParameterOp parameter,
                             ArrayRef<train::ReadOp> reads) {
    ArrayRef<int64_t> p;
    for (train::ReadOp read : reads) {
      for (Operation *user : read->getUsers()) {
        auto transpose = dyn_cast<TransposeOp>(user);
        if (!transpose || (!p.empty() && transpose.getPermutation() != p))
          return;
        p = transpose.getPermutation();
      }
    }
    auto resource = dyn_cast<DenseResourceElementsAttr>(parameter.getValue());
    AsmResourceBlob *blob =
        resource ? resource.getRawHandle().getBlob() : nullptr;
    if (p.empty() || !blob)
      return;
    auto type = cast<RankedTensorType>(parameter.getType());
    auto newType = RankedTensorType::get(permuteShape(type.getShape(), p),
                                         type.getElementType());
    AsmResourceBlob permuted =
        HeapAsmResourceBlob::allocate(blob->getData().size(), /*align=*/64);
    permuteElements(blob->getData(), type.getShape(), p,
                    llvm::divideCeil(type.getElementTypeBitWidth(), 8),
                    permuted.getMutableData());
    SmallVector<int64_t> layout(p);
    if (std::optional<ArrayRef<int64_t>> old = parameter.getLayout())
      layout = permuteShape(*old, p);
    parameter.setValueAttr(DenseResourceElementsAttr::get(
        newType, parameter.getSymName(), std::move(permuted)));
    parameter.setType(newType);
    parameter.setLayout(layout);
    for (train::ReadOp read : reads) {
      read.getResult().setType(newType);
      for (Operation *user : llvm::make_early_inc_range(read->getUsers())) {
        user->getResult(0).replaceAllUsesWith(read.getResult());
        user->erase();
      }
    }
  }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<EvaluateOp>(&getContext());
    if (failed(rewriteGreedily(getOperation(), getArgument(),
                               std::move(patterns))))
      return signalPassFailure();

    llvm::StringMap<SmallVector<train::ReadOp>> reads;
    llvm::StringSet<> others;
    getOperation()->walk([&](Operation *op) {
      if (auto read = dyn_cast<train::ReadOp>(op))
        reads[read.getParameter()].push_back(read);
      else if (auto write = dyn_cast<train::WriteOp>(op))
        others.insert(write.getParameter());
    });
    for (auto parameter : getOperation().getOps<train::ParameterOp>())
      if (!others.contains(parameter.getSymName()))
        permuteStorage(parameter, reads.lookup(parameter.getSymName()));
  }
};
} // namespace
