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
#include "mlir/Dialect/Linalg/IR/Linalg.h"
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
    if (reshape->use_empty())
      rewriter.eraseOp(reshape);
    return success();
  }
};

/// The operand that the op of `value` writes over; null if there is none.
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

/// Whether an op writes `operand` without reading it.
static bool overwrites(OpOperand &operand) {
  auto op = dyn_cast<linalg::GenericOp>(operand.getOwner());
  return op && op.isDpsInit(&operand) &&
         !op.payloadUsesValueFromOperand(&operand);
}

/// Whether `use` writes its tensor and reads nothing of it.
static bool isWritten(OpOperand &use) {
  auto tie = dyn_cast<MaterializeInDestinationOp>(use.getOwner());
  return (tie && use == tie.getDestMutable()) || overwrites(use);
}

/// The uses of `value` and of its reshapes and parts.
static SmallVector<OpOperand *> getUses(Value value) {
  SmallVector<OpOperand *> uses;
  SmallVector<Value> names{value};
  while (!names.empty())
    for (OpOperand &use : names.pop_back_val().getUses()) {
      if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp,
              tensor::ExtractSliceOp>(use.getOwner()))
        names.push_back(use.getOwner()->getResult(0));
      else
        uses.push_back(&use);
    }
  return uses;
}

/// Whether `use` is in `op` or in an op before it.
static bool isBefore(OpOperand &use, Operation *op) {
  Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*use.getOwner());
  return ancestor && (ancestor == op || ancestor->isBeforeInBlock(op));
}

/// A result is computed in the out by the first of the steps that write over
/// each other from which on nothing reads the old content of the out.
struct NewResult : OpRewritePattern<MaterializeInDestinationOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MaterializeInDestinationOp op,
                                PatternRewriter &rewriter) const override {
    BlockArgument out = getOut(op);
    if (!out)
      return rewriter.notifyMatchFailure(op, "not the result of a kernel");
    SmallVector<OpOperand *> reads = llvm::filter_to_vector(
        getUses(out), [](OpOperand *use) { return !isWritten(*use); });
    OpOperand *first = nullptr;
    bool hasReaders = false;
    Operation *next = op;
    Value value = op.getSource();
    while (auto result = dyn_cast<OpResult>(value)) {
      OpOperand *before = getWrittenOver(result);
      if (!before || !llvm::all_of(result.getUses(), [&](OpOperand &use) {
            return isBefore(use, next);
          }))
        break;
      hasReaders |= !result.hasOneUse();
      next = before->getOwner();
      value = before->get();
      if (!overwrites(*before) && !value.getDefiningOp<tensor::EmptyOp>())
        continue;
      if (first && !llvm::all_of(reads, [&](OpOperand *use) {
            return isBefore(*use, next);
          }))
        break;
      first = before;
    }
    if (!first)
      return rewriter.notifyMatchFailure(op, "does not begin as a new tensor");
    if (first->get() == op.getDest())
      return rewriter.notifyMatchFailure(op, "is written to the out");
    if (Operation *def = op.getDest().getDefiningOp();
        def && !def->isBeforeInBlock(first->getOwner()))
      return rewriter.notifyMatchFailure(op, "the destination comes later");
    bool isRead = hasReaders || !isUsedOnce(op.getDest());
    rewriter.modifyOpInPlace(first->getOwner(),
                             [&] { first->assign(op.getDest()); });
    // The last step writes the out. If the body also reads the out, bufferization
    // may put a step into a copy; then this op copies the result back.
    if (!isRead)
      rewriter.replaceOp(op, op.getSource());
    return success();
  }
};

/// An elementwise op writes over an operand that no later op reads, the out
/// before others.
struct LastRead : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || op.getNumReductionLoops() != 0 ||
        op.getNumDpsInits() != 1)
      return rewriter.notifyMatchFailure(op, "not elementwise on tensors");
    OpOperand &init = op.getDpsInitsMutable()[0];
    if (!init.get().getDefiningOp<tensor::EmptyOp>() || !overwrites(init))
      return rewriter.notifyMatchFailure(op, "does not begin as a new tensor");
    OpOperand *found = nullptr;
    for (OpOperand *input : op.getDpsInputOperands())
      if (canWriteOver(op, *input) &&
          (!found || isa<BlockArgument>(input->get())))
        found = input;
    if (!found)
      return rewriter.notifyMatchFailure(op, "no operand is read last here");
    rewriter.modifyOpInPlace(op, [&] { init.assign(found->get()); });
    return success();
  }

private:
  static bool canWriteOver(linalg::GenericOp op, OpOperand &input) {
    OpOperand *init = op.getDpsInitOperand(0);
    if (input.get().getType() != init->get().getType() ||
        !op.getMatchingIndexingMap(init).isIdentity())
      return false;
    Value root = input.get();
    while (isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
        root.getDefiningOp()))
      root = root.getDefiningOp()->getOperand(0);
    if (!isWritable(root, root != input.get()) ||
        root.getParentBlock() != op->getBlock())
      return false;
    return llvm::all_of(getUses(root), [&](OpOperand *use) {
      if (use->getOwner() == op)
        return use->get() == input.get() &&
               op.getMatchingIndexingMap(use).isIdentity();
      if (isWritten(*use))
        return isa<MaterializeInDestinationOp>(use->getOwner());
      return !use->getOwner()->hasTrait<OpTrait::IsTerminator>() &&
             isBefore(*use, op);
    });
  }

  /// Whether `value` is made in the body, or is an out that the body may write
  /// under this name.
  static bool isWritable(Value value, bool isReshaped) {
    if (auto result = dyn_cast<OpResult>(value))
      return getWrittenOver(result);
    auto kernel =
        dyn_cast<plan::KernelOp>(value.getParentBlock()->getParentOp());
    auto argument = cast<BlockArgument>(value);
    return kernel && kernel.isOut(argument.getArgNumber()) &&
           !(isReshaped && plan::KernelOp::getOutside(argument)
                               .getDefiningOp<tensor::ExtractSliceOp>());
  }
};

struct HandDestinations
    : coppice::impl::KernelsHandDestinationsBase<HandDestinations> {
  using KernelsHandDestinationsBase::KernelsHandDestinationsBase;

  void runOnOperation() override {
    // The steps that write over each other are known before a result gets its
    // out.
    RewritePatternSet steps(&getContext()), results(&getContext());
    steps.add<LastRead>(&getContext());
    results.add<ReshapedResult, NewResult>(&getContext());
    SmallVector<Operation *> elementwise, writes;
    getOperation().walk([&](Operation *op) {
      if (isa<linalg::GenericOp>(op))
        elementwise.push_back(op);
      else if (isa<MaterializeInDestinationOp, tensor::ExpandShapeOp,
                   tensor::CollapseShapeOp>(op))
        writes.push_back(op);
    });
    if (failed(coppice::rewriteOps(getOperation(), elementwise, getArgument(),
                                   std::move(steps))) ||
        failed(coppice::rewriteOps(getOperation(), writes, getArgument(),
                                   std::move(results))))
      signalPassFailure();
  }
};
} // namespace
