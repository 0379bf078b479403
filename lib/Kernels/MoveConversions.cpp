//===- MoveConversions.cpp - Moves conversions of formats -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Conversions.h"
#include "lib/Kernels/Passes.h"
#include "lib/Support/Greedy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Transforms/RegionUtils.h"

namespace coppice {
#define GEN_PASS_DEF_KERNELSMOVECONVERSIONS
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice::kernels;

/// Returns the conversion to a wider format that produces `value`.
static std::optional<FormatConversion> getWidening(Value value) {
  std::optional<FormatConversion> conversion =
      matchConversion(value.getDefiningOp());
  if (!conversion || !conversion->widens)
    return std::nullopt;
  return conversion;
}

static int64_t countElements(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

static RankedTensorType withElementOf(Type shape, Value of) {
  return cast<RankedTensorType>(shape).clone(
      getElementTypeOrSelf(of.getType()));
}

/// Returns the indexing map of a reshape's source over the loops of its result.
static AffineMap getReshapeMap(Operation *op) {
  auto from = cast<RankedTensorType>(op->getOperand(0).getType());
  auto to = cast<RankedTensorType>(op->getResult(0).getType());
  MLIRContext *context = op->getContext();
  SmallVector<AffineExpr> indices;
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    for (const ReassociationIndices &group : expand.getReassociationIndices()) {
      AffineExpr index = getAffineConstantExpr(0, context);
      for (int64_t d : group)
        index = index * to.getDimSize(d) + getAffineDimExpr(d, context);
      indices.push_back(index);
    }
    return AffineMap::get(to.getRank(), 0, indices, context);
  }
  auto collapse = cast<tensor::CollapseShapeOp>(op);
  for (auto [d, group] : llvm::enumerate(collapse.getReassociationIndices())) {
    AffineExpr index = getAffineDimExpr(d, context);
    SmallVector<AffineExpr> reversed;
    // Axes of one element take no part in the index.
    const int64_t *outer = llvm::find_if(
        group, [&](int64_t i) { return from.getDimSize(i) != 1; });
    for (int64_t i : llvm::reverse(group)) {
      if (from.getDimSize(i) == 1) {
        reversed.push_back(getAffineConstantExpr(0, context));
        continue;
      }
      reversed.push_back(i == *outer ? index : index % from.getDimSize(i));
      index = index.floorDiv(from.getDimSize(i));
    }
    llvm::append_range(indices, llvm::reverse(reversed));
  }
  return AffineMap::get(to.getRank(), 0, indices, context);
}

/// Whether the numbers of channels are still read at linear indices.
static bool staysLinear(const FormatConversion &conversion, AffineMap map) {
  linalg::GenericOp op = conversion.op;
  return llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *input) {
    if (input == conversion.source)
      return true;
    AffineMap composed = op.getMatchingIndexingMap(input).compose(map);
    return llvm::none_of(composed.getResults(), [](AffineExpr expr) {
      bool divides = false;
      expr.walk([&](AffineExpr part) {
        divides |= part.getKind() == AffineExprKind::Mod ||
                   part.getKind() == AffineExprKind::FloorDiv ||
                   part.getKind() == AffineExprKind::CeilDiv;
      });
      return divides;
    });
  });
}

namespace {
//===----------------------------------------------------------------------===//
// To a wider format: as late as possible
//===----------------------------------------------------------------------===//

template <typename ReshapeT> struct WidenReshaped : OpRewritePattern<ReshapeT> {
  using OpRewritePattern<ReshapeT>::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeT op,
                                PatternRewriter &rewriter) const override {
    auto widening = getWidening(op.getSrc());
    if (!widening)
      return rewriter.notifyMatchFailure(op, "not of a wider format");
    AffineMap map = getReshapeMap(op);
    if (!staysLinear(*widening, map))
      return rewriter.notifyMatchFailure(op, "splits channels");
    Value source = widening->source->get();
    Value narrow = ReshapeT::create(rewriter, op.getLoc(),
                                    withElementOf(op.getType(), source), source,
                                    op.getReassociationIndices());
    rewriter.replaceOp(op, rebuildConversion(rewriter, *widening, narrow, map));
    return success();
  }
};

/// An element that a body reads at an index which it computes.
struct WidenExtracted : OpRewritePattern<tensor::ExtractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExtractOp op,
                                PatternRewriter &rewriter) const override {
    auto conversion = matchRescaling(op.getTensor().getDefiningOp());
    if (!conversion ||
        (!conversion->becomesWiderFloat() && !conversion->becomesWider()))
      return rewriter.notifyMatchFailure(op, "not of a wider format");
    linalg::GenericOp convert = conversion->op;
    if (!llvm::all_of(convert.getIndexingMapsArray(), [](AffineMap map) {
          return map.isProjectedPermutation();
        }))
      return rewriter.notifyMatchFailure(op, "not read along axes");
    IRMapping mapping;
    for (OpOperand *input : convert.getDpsInputOperands()) {
      AffineMap map = convert.getMatchingIndexingMap(input);
      SmallVector<Value> indices;
      for (unsigned i = 0, e = map.getNumResults(); i < e; ++i)
        indices.push_back(op.getIndices()[map.getDimPosition(i)]);
      mapping.map(convert.getMatchingBlockArgument(input),
                  tensor::ExtractOp::create(rewriter, op.getLoc(), input->get(),
                                            indices)
                      .getResult());
    }
    for (Operation &inner : convert.getBody()->without_terminator())
      rewriter.clone(inner, mapping);
    rewriter.replaceOp(
        op, mapping.lookup(convert.getBody()->getTerminator()->getOperand(0)));
    return success();
  }
};

/// A border of zeros around an image, if 0 has a code.
struct WidenPadded : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::InsertSliceOp op,
                                PatternRewriter &rewriter) const override {
    // A kernel whose result is the image with its border writes both in the
    // wider format.
    if (llvm::any_of(op->getUsers(),
                     llvm::IsaPred<bufferization::MaterializeInDestinationOp>))
      return rewriter.notifyMatchFailure(op, "the wider format is stored");
    auto widening = getWidening(op.getSource());
    auto fill = op.getDest().getDefiningOp<linalg::FillOp>();
    if (!widening || !fill)
      return rewriter.notifyMatchFailure(op, "no border around what widens");
    FloatAttr value;
    if (!matchPattern(fill.value(), m_Constant(&value)) ||
        !value.getValue().isPosZero())
      return rewriter.notifyMatchFailure(op, "a border of other than zeros");
    TypedAttr zero = widening->getZero();
    if (!zero)
      return rewriter.notifyMatchFailure(op, "0 has no code");
    // If the axis of channels grows, there are no numbers for the border.
    linalg::GenericOp convert = widening->op;
    ArrayRef<int64_t> from = op.getSourceType().getShape(),
                      to = op.getDestType().getShape();
    for (OpOperand *input : convert.getDpsInputOperands()) {
      if (input == widening->source)
        continue;
      AffineMap map = convert.getMatchingIndexingMap(input);
      for (unsigned d = 0; d < from.size(); ++d)
        if (from[d] != to[d] && map.isFunctionOfDim(d))
          return rewriter.notifyMatchFailure(op, "channels grow");
    }
    Value source = widening->source->get();
    Location loc = op.getLoc();
    Value narrowZero = arith::ConstantOp::create(rewriter, loc, zero);
    Value empty = tensor::EmptyOp::create(rewriter, loc, to,
                                          getElementTypeOrSelf(source));
    Value border =
        linalg::FillOp::create(rewriter, fill.getLoc(), narrowZero, empty)
            .getResult(0);
    Value narrow = tensor::InsertSliceOp::create(
        rewriter, loc, source, border, op.getMixedOffsets(), op.getMixedSizes(),
        op.getMixedStrides());
    rewriter.replaceOp(
        op, rebuildConversion(rewriter, *widening, narrow,
                              rewriter.getMultiDimIdentityMap(to.size())));
    return success();
  }
};

struct WidenSliced : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExtractSliceOp op,
                                PatternRewriter &rewriter) const override {
    auto widening = getWidening(op.getSource());
    if (!widening || op.getType().getRank() != op.getSourceType().getRank())
      return rewriter.notifyMatchFailure(op, "no slice of what widens");
    ArrayRef<int64_t> starts = op.getStaticOffsets(),
                      strides = op.getStaticStrides();
    if (ShapedType::isDynamicShape(starts) ||
        ShapedType::isDynamicShape(strides))
      return rewriter.notifyMatchFailure(op, "a dynamic place");
    SmallVector<AffineExpr> indices;
    for (auto [d, start, stride] : llvm::enumerate(starts, strides))
      indices.push_back(rewriter.getAffineDimExpr(d) * stride + start);
    Value source = widening->source->get();
    Value narrow = tensor::ExtractSliceOp::create(
        rewriter, op.getLoc(), withElementOf(op.getType(), source), source,
        op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides());
    rewriter.replaceOp(
        op, rebuildConversion(rewriter, *widening, narrow,
                              AffineMap::get(starts.size(), 0, indices,
                                             rewriter.getContext())));
    return success();
  }
};

/// A copy in another order that contractions read.
struct WidenCopied : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || op.getNumDpsInputs() != 1 ||
        op.getNumDpsInits() != 1 || op.getNumReductionLoops() != 0 ||
        !llvm::hasSingleElement(*op.getBody()) ||
        op.getBody()->getTerminator()->getOperand(0) !=
            op.getBody()->getArgument(0) ||
        !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
      return rewriter.notifyMatchFailure(op, "no copy");
    auto widening = getWidening(op.getDpsInputOperand(0)->get());
    if (!widening)
      return rewriter.notifyMatchFailure(op, "not of a wider format");
    auto type = cast<RankedTensorType>(op.getResult(0).getType());
    AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
    // If only a part is read, converting first would convert the whole.
    if (type.getNumElements() < countElements(widening->op.getResult(0)))
      return rewriter.notifyMatchFailure(op, "copies a part");
    Value source = widening->source->get();
    Value empty = tensor::EmptyOp::create(
        rewriter, op.getLoc(), type.getShape(), getElementTypeOrSelf(source));
    AffineMap maps[] = {map, rewriter.getMultiDimIdentityMap(type.getRank())};
    auto copy = linalg::GenericOp::create(
        rewriter, op.getLoc(), empty.getType(), source, empty, maps,
        op.getIteratorTypesArray(),
        [](OpBuilder &b, Location loc, ValueRange args) {
          linalg::YieldOp::create(b, loc, args[0]);
        });
    rewriter.replaceOp(
        op, rebuildConversion(rewriter, *widening, copy.getResult(0), map));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// To a narrower format: as early as possible
//===----------------------------------------------------------------------===//

/// Narrows the parts of a tensor where they are computed, instead of the whole.
struct NarrowPieces : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<FormatConversion> narrowing = matchConversion(op);
    if (!narrowing || !narrowing->narrows || op.getNumDpsInputs() != 1)
      return rewriter.notifyMatchFailure(op, "no narrower format");
    Value wide = narrowing->source->get();
    if (!wide.hasOneUse())
      return rewriter.notifyMatchFailure(op, "the wide one is read, too");
    Location loc = op.getLoc();
    Type element = getElementTypeOrSelf(op.getResult(0).getType());
    auto convert = [&](Value piece) {
      // Right behind the op that computes the piece, so that no other
      // contraction comes between, if the body's constants are known there.
      OpBuilder::InsertionGuard guard(rewriter);
      Operation *maker = piece.getDefiningOp();
      SetVector<Value> used;
      getUsedValuesDefinedAbove(op.getRegion(), used);
      if (maker && maker->getBlock() == op->getBlock() &&
          llvm::all_of(used, [&](Value value) {
            Operation *def = value.getDefiningOp();
            return !def || def->getBlock() != op->getBlock() ||
                   def->isBeforeInBlock(maker);
          }))
        rewriter.setInsertionPointAfter(maker);
      int64_t rank = cast<RankedTensorType>(piece.getType()).getRank();
      return rebuildConversion(rewriter, *narrowing, piece,
                               rewriter.getMultiDimIdentityMap(rank));
    };
    if (auto insert = wide.getDefiningOp<tensor::InsertSliceOp>()) {
      auto shape = insert.getDestType().getShape();
      Value dest;
      if (insert.getDest().getDefiningOp<tensor::EmptyOp>()) {
        dest = tensor::EmptyOp::create(rewriter, loc, shape, element);
      } else if (auto fill = insert.getDest().getDefiningOp<linalg::FillOp>()) {
        FloatAttr value;
        if (!matchPattern(fill.value(), m_Constant(&value)) ||
            !value.getValue().isPosZero() || !narrowing->getZero())
          return rewriter.notifyMatchFailure(op, "other than zeros around");
        Value zero = arith::ConstantOp::create(rewriter, loc,
                                               rewriter.getZeroAttr(element));
        Value empty = tensor::EmptyOp::create(rewriter, loc, shape, element);
        dest = linalg::FillOp::create(rewriter, loc, zero, empty).getResult(0);
      } else if (insert.getDest().getDefiningOp<tensor::InsertSliceOp>() &&
                 insert.getDest().hasOneUse()) {
        dest = convert(insert.getDest());
      } else {
        return rewriter.notifyMatchFailure(op, "not made of pieces");
      }
      rewriter.replaceOpWithNewOp<tensor::InsertSliceOp>(
          op, convert(insert.getSource()), dest, insert.getMixedOffsets(),
          insert.getMixedSizes(), insert.getMixedStrides());
      return success();
    }
    Operation *reshape = wide.getDefiningOp();
    if (!isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
            reshape))
      return rewriter.notifyMatchFailure(op, "neither pieces nor a reshape");
    Value narrow = convert(reshape->getOperand(0));
    Operation *copy = rewriter.clone(*reshape);
    copy->setOperand(0, narrow);
    copy->getResult(0).setType(op.getResult(0).getType());
    rewriter.replaceOp(op, copy->getResults());
    return success();
  }
};

struct KernelsMoveConversions
    : coppice::impl::KernelsMoveConversionsBase<KernelsMoveConversions> {
  using KernelsMoveConversionsBase::KernelsMoveConversionsBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    // Fuse a clamp or a scaling with the narrowing behind it, and a conversion
    // with the numbers that channels are multiplied by.
    linalg::populateElementwiseOpsFusionPatterns(
        patterns, [](OpOperand *operand) {
          std::optional<FormatConversion> reader =
              matchRescaling(operand->getOwner());
          if (!reader || operand != reader->source)
            return false;
          Operation *maker = operand->get().getDefiningOp();
          std::optional<FormatConversion> scaling = matchRescaling(maker);
          if (reader->narrows)
            return operand->get().hasOneUse() &&
                   (isClamp(maker) || (scaling && !scaling->widens));
          return scaling && scaling->widens;
        });
    patterns.add<WidenReshaped<tensor::ExpandShapeOp>,
                 WidenReshaped<tensor::CollapseShapeOp>, WidenPadded,
                 WidenExtracted, WidenSliced, WidenCopied, NarrowPieces>(
        &getContext());
    if (failed(coppice::rewriteGreedily(getOperation(), getArgument(),
                                        std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
