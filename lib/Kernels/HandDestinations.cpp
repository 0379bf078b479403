//===- HandDestinations.cpp - Bodies write to their outs ----------*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "lib/Kernels/Passes.h"
#include "lib/Support/Greedy.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

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

/// Returns `value` in the shape of the source of `reshape`, at the start of the
/// body that `value` belongs to. A reshape that the body already has is used, so
/// that the analysis sees one tensor that the body reads and writes.
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

/// The operand that `value` is written over by the op that makes it; null if
/// there is none.
static OpOperand *getWrittenOver(OpResult value) {
  Operation *op = value.getOwner();
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return &insert.getDestMutable();
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return loop.getTiedLoopInit(value);
  if (auto dps = dyn_cast<DestinationStyleOpInterface>(op))
    return dps.getTiedOpOperand(value);
  return nullptr;
}

/// Whether `value`, a reshape of an out, is the only name of the out, and has
/// one use.
static bool isUsedOnce(Value value) {
  while (value.hasOneUse()) {
    Operation *def = value.getDefiningOp();
    if (!def)
      return true;
    value = def->getOperand(0);
  }
  return false;
}

/// A result that starts from `tensor.empty` starts from the out.
struct NewResult : OpRewritePattern<MaterializeInDestinationOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MaterializeInDestinationOp op,
                                PatternRewriter &rewriter) const override {
    BlockArgument out = getOut(op);
    if (!out)
      return rewriter.notifyMatchFailure(op, "not the result of a kernel");
    OpOperand *first = nullptr;
    auto value = dyn_cast<OpResult>(op.getSource());
    while (value && !value.getDefiningOp<tensor::EmptyOp>()) {
      OpOperand *before = getWrittenOver(value);
      if (!before || !value.hasOneUse())
        return rewriter.notifyMatchFailure(op, "not written by steps alone");
      first = before;
      value = dyn_cast<OpResult>(before->get());
    }
    if (!value || !first)
      return rewriter.notifyMatchFailure(op, "does not begin as a new tensor");
    if (Operation *def = op.getDest().getDefiningOp();
        def && !def->isBeforeInBlock(first->getOwner()))
      return rewriter.notifyMatchFailure(op, "the destination comes later");
    bool isRead = !isUsedOnce(op.getDest());
    rewriter.modifyOpInPlace(first->getOwner(),
                             [&] { first->assign(op.getDest()); });
    // The last step writes the out. If the body also reads the out, bufferization
    // may put a step into a copy; then this op copies the result back.
    if (!isRead)
      rewriter.replaceOp(op, op.getSource());
    return success();
  }
};

struct HandDestinations
    : coppice::impl::KernelsHandDestinationsBase<HandDestinations> {
  using KernelsHandDestinationsBase::KernelsHandDestinationsBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReshapedResult, NewResult>(&getContext());
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<MaterializeInDestinationOp, tensor::ExpandShapeOp,
              tensor::CollapseShapeOp>(op))
        ops.push_back(op);
    });
    if (failed(coppice::rewriteOps(getOperation(), ops, getArgument(),
                                   std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
