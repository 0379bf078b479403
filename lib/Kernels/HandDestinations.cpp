//===- HandDestinations.cpp - Bodies write to their outs ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "lib/Kernels/Passes.h"
#include "lib/Support/Greedy.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace coppice {
#define GEN_PASS_DEF_KERNELSHANDDESTINATIONS
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;
using bufferization::MaterializeInDestinationOp;

/// The out that `op` writes a result of a kernel to, or a reshape of that; null
/// if it writes to anything else.
static BlockArgument getOut(MaterializeInDestinationOp op) {
  Value value = op.getDest();
  while (Operation *def = value.getDefiningOp()) {
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(def))
      return {};
    value = def->getOperand(0);
  }
  auto argument = cast<BlockArgument>(value);
  auto kernel = dyn_cast<plan::KernelOp>(op->getParentOp());
  return kernel && argument.getOwner()->getParentOp() == kernel &&
                 kernel.isOut(argument.getArgNumber())
             ? argument
             : BlockArgument();
}

/// `value` reshaped as the inverse of `reshape` does, at the start of the body,
/// where `value` comes from. One that the body has is taken, so that analysis
/// sees one tensor where the body reads and writes it.
static Value undo(PatternRewriter &rewriter, Value value, Operation *reshape) {
  Type type = reshape->getOperand(0).getType();
  bool expands = isa<tensor::ExpandShapeOp>(reshape);
  OpBuilder::InsertionGuard guard(rewriter);
  if (Operation *def = value.getDefiningOp())
    rewriter.setInsertionPointAfter(def);
  else
    rewriter.setInsertionPointToStart(reshape->getBlock());
  for (Operation *user : value.getUsers())
    if ((expands ? isa<tensor::CollapseShapeOp>(user)
                 : isa<tensor::ExpandShapeOp>(user)) &&
        user->getResult(0).getType() == type &&
        user->getAttr("reassociation") == reshape->getAttr("reassociation")) {
      rewriter.moveOpBefore(user, rewriter.getInsertionBlock(),
                            rewriter.getInsertionPoint());
      return user->getResult(0);
    }
  Location loc = reshape->getLoc();
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(reshape))
    return tensor::CollapseShapeOp::create(rewriter, loc, type, value,
                                           expand.getReassociationIndices());
  return tensor::ExpandShapeOp::create(
      rewriter, loc, type, value,
      cast<tensor::CollapseShapeOp>(reshape).getReassociationIndices());
}

namespace {
/// A reshaped value is written as the value, to the out in that shape.
struct ReshapedResult : OpRewritePattern<MaterializeInDestinationOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MaterializeInDestinationOp op,
                                PatternRewriter &rewriter) const override {
    BlockArgument out = getOut(op);
    if (!out)
      return rewriter.notifyMatchFailure(op, "not the result of a kernel");
    if (plan::KernelOp::getOutside(out).getDefiningOp<tensor::ExtractSliceOp>())
      return rewriter.notifyMatchFailure(op, "the out has gaps");
    Operation *reshape = op.getSource().getDefiningOp();
    if (!isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
            reshape))
      return rewriter.notifyMatchFailure(op, "not a reshaped value");
    Value value = reshape->getOperand(0);
    Value destination = undo(rewriter, op.getDest(), reshape);
    Value written =
        MaterializeInDestinationOp::create(rewriter, op.getLoc(),
                                           value.getType(), value, destination)
            .getResult();
    Operation *after = rewriter.clone(*reshape);
    rewriter.modifyOpInPlace(after, [&] { after->setOperand(0, written); });
    rewriter.replaceOp(op, after);
    return success();
  }
};

/// A value put together in a new tensor is put together in the out.
struct AssembledResult : OpRewritePattern<MaterializeInDestinationOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MaterializeInDestinationOp op,
                                PatternRewriter &rewriter) const override {
    BlockArgument out = getOut(op);
    if (!out)
      return rewriter.notifyMatchFailure(op, "not the result of a kernel");
    Value value = op.getSource();
    tensor::InsertSliceOp first;
    while (auto insert = value.getDefiningOp<tensor::InsertSliceOp>()) {
      if (!insert->hasOneUse())
        return rewriter.notifyMatchFailure(insert, "read on the way");
      first = insert;
      value = insert.getDest();
    }
    if (!first || !value.getDefiningOp<tensor::EmptyOp>())
      return rewriter.notifyMatchFailure(op, "not put together in a new tensor");
    rewriter.modifyOpInPlace(first,
                             [&] { first.getDestMutable().assign(op.getDest()); });
    return success();
  }
};

struct HandDestinations
    : coppice::impl::KernelsHandDestinationsBase<HandDestinations> {
  using KernelsHandDestinationsBase::KernelsHandDestinationsBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReshapedResult, AssembledResult>(&getContext());
    if (failed(coppice::rewriteGreedily(getOperation(), getArgument(),
                                        std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
