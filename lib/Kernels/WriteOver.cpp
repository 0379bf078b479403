//===- WriteOver.cpp - Elementwise ops over their operands ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "lib/Kernels/Destinations.h"
#include "lib/Kernels/Passes.h"
#include "lib/Support/Greedy.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace coppice {
#define GEN_PASS_DEF_KERNELSWRITEOVER
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;
using namespace coppice::kernels;
using bufferization::MaterializeInDestinationOp;

namespace {
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
    startFrom(rewriter, init, found->get());
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
      // The body reads elements at other indices than the written one.
      if (op->isProperAncestor(use->getOwner()))
        return false;
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

struct KernelsWriteOver
    : coppice::impl::KernelsWriteOverBase<KernelsWriteOver> {
  using KernelsWriteOverBase::KernelsWriteOverBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<LastRead>(&getContext());
    SmallVector<Operation *> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    if (failed(coppice::rewriteOps(getOperation(), ops, getArgument(),
                                   std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
