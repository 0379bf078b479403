//===- FuseElementwise.cpp - Fuses elementwise ops --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Conversions.h"
#include "lib/Kernels/LoopKernel.h"
#include "lib/Kernels/Passes.h"
#include "lib/Support/Greedy.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"

using namespace mlir;
using namespace coppice;

namespace coppice {
#define GEN_PASS_DEF_KERNELSFUSEELEMENTWISE
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

/// Whether `consumer` reads each element of `operand` once.
static bool readsOnce(linalg::GenericOp consumer, OpOperand &operand) {
  AffineMap map = consumer.getMatchingIndexingMap(&operand);
  if (map.isPermutation())
    return true;
  // The operand may lack axes that have one element.
  SmallVector<int64_t> extents = consumer.getStaticLoopRanges();
  auto type = cast<ShapedType>(operand.get().getType());
  return map.isProjectedPermutation() && type.hasStaticShape() &&
         !ShapedType::isDynamicShape(extents) &&
         ShapedType::getNumElements(extents) == type.getNumElements();
}

/// Whether `consumer` reads each element of all its operands once.
static bool readsAllOnce(linalg::GenericOp consumer) {
  return llvm::all_of(consumer.getDpsInputOperands(), [&](OpOperand *operand) {
    return !isa<ShapedType>(operand->get().getType()) ||
           readsOnce(consumer, *operand);
  });
}

/// Whether the producer should be fused into its consumer.
static bool isWorthFusing(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer || producer.getNumReductionLoops() != 0)
    return false;
  // Consumers store the narrowed value, so the producer must narrow it. One
  // that reads each element once narrows it in registers.
  bool isReadOnce = readsOnce(consumer, *operand);
  if (auto conversion = kernels::matchConversion(producer);
      conversion && conversion->narrows &&
      isa<FloatType>(getElementTypeOrSelf(conversion->source->get())))
    return isReadOnce && operand->get().hasOneUse() &&
           consumer.getNumReductionLoops() == 0;
  // Every consumer, including a reduction, converts codes and narrower floats
  // as it loads: this costs less than storing what they become.
  if (auto conversion = kernels::matchRescaling(producer);
      conversion && conversion->becomesWiderFloat())
    return true;
  // A reduction may read an element of a producer many times. Fuse only
  // elements that are read once.
  bool isCheap = llvm::hasSingleElement(producer.getBody()->getOperations());
  if (isCheap && consumer.getNumReductionLoops() == 0)
    return true;
  if (!isReadOnce || !operand->get().hasOneUse())
    return false;
  std::string whyNot;
  bool isConsumerVector = kernels::detail::hasVectorBody(consumer, whyNot),
       isProducerVector = kernels::detail::hasVectorBody(producer, whyNot);
  // The sum of a function of elements needs no tensor of them.
  if (consumer.getNumReductionLoops() != 0)
    return (!isCheap || readsAllOnce(consumer)) && isConsumerVector &&
           isProducerVector;
  // Keep an op with a vector form separate from one without, so that it stays
  // in registers behind its contraction.
  return isConsumerVector || !isProducerVector;
}

/// Whether an op that reads the result of another one with more axes of one
/// element should read it without them, so that it can be the other's epilogue.
static bool isWorthReshaping(OpOperand *operand) {
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  auto reshape = operand->get().getDefiningOp<tensor::ExpandShapeOp>();
  if (!consumer || !reshape || !kernels::changesUnitAxes(reshape))
    return false;
  auto producer = reshape.getSrc().getDefiningOp<linalg::GenericOp>();
  return producer && consumer.getNumReductionLoops() == 0 &&
         reshape->hasOneUse() && producer->hasOneUse();
}

namespace {
struct KernelsFuseElementwise
    : coppice::impl::KernelsFuseElementwiseBase<KernelsFuseElementwise> {
  using KernelsFuseElementwiseBase::KernelsFuseElementwiseBase;

  void runOnOperation() override {
    // Fills are kept: `--kernels-tile` starts its accumulators from them.
    SmallVector<linalg::LinalgOp> named;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (!isa<linalg::GenericOp, linalg::FillOp>(op))
        named.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : named) {
      rewriter.setInsertionPoint(op);
      // Ops that cannot be generalised are not changed.
      (void)linalg::generalizeNamedOp(rewriter, op);
    }
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseToLinalgConversionPatterns(patterns);
    linalg::populateElementwiseOpsFusionPatterns(patterns, isWorthFusing);
    linalg::populateFoldReshapeOpsByCollapsingPatterns(patterns,
                                                       isWorthReshaping);
    tensor::populateFoldTensorEmptyPatterns(patterns);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    linalg::populateConstantFoldLinalgOperations(
        patterns, [](OpOperand *) { return true; });
    if (failed(coppice::rewriteGreedily(getOperation(), getArgument(),
                                        std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
