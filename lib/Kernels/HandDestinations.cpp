//===- HandDestinations.cpp - Bodies write to their outs --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "lib/Kernels/Conversions.h"
#include "lib/Kernels/Destinations.h"
#include "lib/Kernels/Passes.h"
#include "lib/Support/Greedy.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace coppice {
#define GEN_PASS_DEF_KERNELSHANDDESTINATIONS
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;
using namespace coppice::kernels;
using bufferization::MaterializeInDestinationOp;

/// Whether `op` is all of a tensor, without some of its axes of one element.
static bool dropsAxes(Operation *op) {
  auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
  return slice && slice.getType().hasStaticShape() &&
         slice.getSourceType().hasStaticShape() &&
         slice.getType().getNumElements() ==
             slice.getSourceType().getNumElements();
}

/// The out that `op` writes a result of a kernel to, or a reshape of that; null
/// if it writes to anything else.
static BlockArgument getOut(MaterializeInDestinationOp op) {
  Value value = op.getDest();
  while (Operation *def = value.getDefiningOp()) {
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(def) &&
        !dropsAxes(def))
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

/// Finds a reshape to `type`, by any number of ops, of `root`; null if the body
/// has none. There is one such tensor, whatever the axes are on the way.
static Value findReshaped(Value root, Type type) {
  SmallVector<Value> values{root};
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].getType() == type)
      return values[i];
    for (Operation *user : values[i].getUsers())
      if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(user))
        values.push_back(user->getResult(0));
  }
  return {};
}

/// Moves the reshapes between an argument of the body and `value` to the start
/// of the body.
static void moveToStart(RewriterBase &rewriter, Value value) {
  SmallVector<Operation *> chain;
  while (Operation *def = value.getDefiningOp()) {
    chain.push_back(def);
    value = def->getOperand(0);
  }
  Block *body = cast<BlockArgument>(value).getOwner();
  for (Operation *op : chain)
    rewriter.moveOpBefore(op, body, body->begin());
}

/// `value`, an out or a reshape of it, reshaped as the inverse of `reshape`
/// does, at the start of the body. A reshape that the body has is taken, so
/// that analysis sees one tensor where the body reads and writes it.
static Value undo(PatternRewriter &rewriter, Value value, Operation *reshape) {
  Type type = reshape->getOperand(0).getType();
  Value root = value;
  while (Operation *def = root.getDefiningOp())
    root = def->getOperand(0);
  if (Value known = findReshaped(root, type)) {
    moveToStart(rewriter, known);
    return known;
  }
  moveToStart(rewriter, value);
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointAfterValue(value);
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
    Operation *reshape = op.getSource().getDefiningOp();
    if (!isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
            reshape))
      return rewriter.notifyMatchFailure(op, "not a reshaped value");
    Value outside = plan::KernelOp::getOutside(out);
    if (outside.getDefiningOp<tensor::ExtractSliceOp>())
      return writePart(op, out, reshape, rewriter);
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

private:
  /// An out with gaps cannot be reshaped, but axes of one element can be
  /// dropped.
  static LogicalResult writePart(MaterializeInDestinationOp op,
                                 BlockArgument out, Operation *reshape,
                                 PatternRewriter &rewriter) {
    if (!isa<tensor::ExpandShapeOp>(reshape) || op.getDest() != out ||
        !changesUnitAxes(reshape))
      return rewriter.notifyMatchFailure(op, "the out has gaps");
    auto type = cast<RankedTensorType>(out.getType());
    Location loc = op.getLoc();
    Value value = reshape->getOperand(0);
    SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0)),
        strides(type.getRank(), rewriter.getIndexAttr(1)),
        sizes = getAsIndexOpFoldResult(op.getContext(), type.getShape());
    Value destination;
    {
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointToStart(out.getOwner());
      destination = tensor::ExtractSliceOp::create(
          rewriter, loc, cast<RankedTensorType>(value.getType()), out, offsets,
          sizes, strides);
    }
    Value written = MaterializeInDestinationOp::create(
                        rewriter, loc, value.getType(), value, destination)
                        .getResult();
    rewriter.replaceOpWithNewOp<tensor::InsertSliceOp>(op, written, out,
                                                       offsets, sizes, strides);
    if (reshape->use_empty())
      rewriter.eraseOp(reshape);
    return success();
  }
};

/// Returns the operand at which `value` begins as a `tensor.empty` that ops
/// write over one after the other; null if it begins otherwise.
static OpOperand *findNew(Value value) {
  OpOperand *first = nullptr;
  auto result = dyn_cast<OpResult>(value);
  while (result && !result.getDefiningOp<tensor::EmptyOp>()) {
    OpOperand *before = getWrittenOver(result);
    if (!before || !result.hasOneUse())
      return nullptr;
    first = before;
    result = dyn_cast<OpResult>(before->get());
  }
  return result ? first : nullptr;
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
    startFrom(rewriter, *first, op.getDest());
    // The last step writes the out. If the body also reads the out,
    // bufferization may put a step into a copy; then this op copies the result
    // back.
    if (!isRead)
      rewriter.replaceOp(op, op.getSource());
    return success();
  }
};

/// A part is written without axes of one element that a reshape has added.
struct ReshapedPart : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::InsertSliceOp op,
                                PatternRewriter &rewriter) const override {
    auto expand = op.getSource().getDefiningOp<tensor::ExpandShapeOp>();
    if (!expand || !changesUnitAxes(expand))
      return rewriter.notifyMatchFailure(op, "no part with added axes");
    auto part = RankedTensorType::get(op.getStaticSizes(),
                                      op.getSourceType().getElementType());
    if (!part.hasStaticShape() ||
        isRankReducedType(part, expand.getSrcType()) !=
            SliceVerificationResult::Success)
      return rewriter.notifyMatchFailure(op, "the part has other axes");
    rewriter.modifyOpInPlace(
        op, [&] { op.getSourceMutable().assign(expand.getSrc()); });
    if (expand->use_empty())
      rewriter.eraseOp(expand);
    return success();
  }
};

/// A part that several ops write one after the other starts from its place in
/// the whole. Empty-tensor elimination does so for a part that one op writes.
struct NewPart : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::InsertSliceOp op,
                                PatternRewriter &rewriter) const override {
    OpOperand *first = findNew(op.getSource());
    if (!first)
      return rewriter.notifyMatchFailure(op, "does not begin as a new tensor");
    if (first->getOwner() == op.getSource().getDefiningOp())
      return rewriter.notifyMatchFailure(op, "written by one op");
    auto whole = op.getDest().getDefiningOp<linalg::FillOp>();
    if (!whole || !whole->hasOneUse() ||
        whole->getBlock() != first->getOwner()->getBlock())
      return rewriter.notifyMatchFailure(op, "not into a filled tensor");
    auto comesBefore = [&](Value value) {
      Operation *def = value.getDefiningOp();
      return !def || def->isBeforeInBlock(first->getOwner());
    };
    if (!llvm::all_of(whole->getOperands(), comesBefore))
      return rewriter.notifyMatchFailure(op, "the whole comes later");
    if (!comesBefore(op.getDest()))
      rewriter.moveOpBefore(whole, first->getOwner());
    rewriter.setInsertionPoint(first->getOwner());
    Value part = tensor::ExtractSliceOp::create(
        rewriter, op.getLoc(), op.getSourceType(), op.getDest(),
        op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides());
    startFrom(rewriter, *first, part);
    return success();
  }
};

struct HandDestinations
    : coppice::impl::KernelsHandDestinationsBase<HandDestinations> {
  using KernelsHandDestinationsBase::KernelsHandDestinationsBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReshapedResult, NewResult, ReshapedPart, NewPart>(
        &getContext());
    SmallVector<Operation *> writes;
    getOperation().walk([&](Operation *op) {
      if (isa<MaterializeInDestinationOp, tensor::ExpandShapeOp,
              tensor::CollapseShapeOp, tensor::InsertSliceOp>(op))
        writes.push_back(op);
    });
    if (failed(coppice::rewriteOps(getOperation(), writes, getArgument(),
                                   std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
