//===- NarrowGradients.cpp - Weight gradients of some channels --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Transforms/Passes.h"
#include "dialects/Train/Transforms/SplitParameter.h"
#include "lib/Support/Greedy.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINNARROWGRADIENTS
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
/// Returns the indices of a gather if they are constant and ascending.
std::optional<SmallVector<int64_t>> getChannels(nn::GatherOp gather) {
  DenseIntElementsAttr attr;
  if (gather.getIndices().getType().getRank() != 1 ||
      !matchPattern(gather.getIndices(), m_Constant(&attr)))
    return std::nullopt;
  SmallVector<int64_t> channels;
  for (const APInt &value : attr.getValues<APInt>())
    channels.push_back(value.getSExtValue());
  if (channels.empty() || channels.front() < 0 ||
      !llvm::is_sorted(channels, std::less_equal<int64_t>()))
    return std::nullopt;
  return channels;
}

/// Gathers `value` at `channels` of `axis`, right behind the op that defines
/// `value`.
Value gatherEarly(PatternRewriter &rewriter, Value value,
                  ArrayRef<int64_t> channels, int64_t axis) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointAfterValue(value);
  Location loc = value.getLoc();
  // A saved forward value is gathered before its `train.saved`, so that only
  // the channels are held.
  if (auto saved = value.getDefiningOp<SavedOp>();
      saved && isa<KeepAttr>(saved.getPolicy())) {
    decisionRemark(saved, RemarkCategory::Format, "channels") << remark::reason(
        "{0} of {1} channels are held", channels.size(),
        cast<RankedTensorType>(value.getType()).getDimSize(axis));
    Value channelsOnly =
        gatherEarly(rewriter, saved.getValue(), channels, axis);
    return SavedOp::create(rewriter, loc, saved.getPolicy(), channelsOnly);
  }
  Value indices = createIndices(rewriter, loc, channels);
  auto gather = [&](Value of, int64_t along) -> Value {
    return nn::GatherOp::create(rewriter, loc, of, indices, along);
  };
  // A gradient that is stored in a narrower format is gathered in that format.
  auto cast = value.getDefiningOp<nn::CastOp>();
  if (cast && cast.widensFloats()) {
    Value narrow = gather(cast.getInput(), axis);
    Type wide =
        lowp::withElement(narrow.getType(), cast.getType().getElementType());
    return nn::CastOp::create(rewriter, loc, wide, narrow);
  }
  if (auto decode = value.getDefiningOp<lowp::DecodeOp>()) {
    Value codes = gather(decode.getCodes(), axis), scales = decode.getScales();
    if (axis + 1 == decode.getType().getRank())
      scales = gather(scales, 0);
    Type wide =
        lowp::withElement(codes.getType(), decode.getType().getElementType());
    return lowp::DecodeOp::create(rewriter, loc, wide, codes, scales);
  }
  return gather(value, axis);
}

/// Matches a gather of an op's result that has no other use.
template <typename SourceOp>
struct GatherPattern : OpRewritePattern<nn::GatherOp> {
  using OpRewritePattern<nn::GatherOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::GatherOp gather,
                                PatternRewriter &rewriter) const final {
    auto source = gather.getInput().template getDefiningOp<SourceOp>();
    if (!source || !source->hasOneUse())
      return rewriter.notifyMatchFailure(gather,
                                         "not the only use of such a gradient");
    std::optional<SmallVector<int64_t>> channels = getChannels(gather);
    if (!channels)
      return rewriter.notifyMatchFailure(gather,
                                         "the channels are not ascending "
                                         "constants");
    return rewrite(gather, source, *channels, rewriter);
  }

  virtual LogicalResult rewrite(nn::GatherOp gather, SourceOp source,
                                ArrayRef<int64_t> channels,
                                PatternRewriter &rewriter) const = 0;
};

struct NarrowConvolution : GatherPattern<nn::Conv2DWeightGradOp> {
  using GatherPattern::GatherPattern;

  LogicalResult rewrite(nn::GatherOp gather, nn::Conv2DWeightGradOp op,
                        ArrayRef<int64_t> channels,
                        PatternRewriter &rewriter) const override {
    auto weight = cast<RankedTensorType>(op.getResult().getType());
    auto axis = static_cast<int64_t>(gather.getAxis());
    auto groups = static_cast<int64_t>(op.getGroups());
    Value input = op.getInput(), dy = op.getDy();
    if (axis == 2) {
      // The channels are input channels, and each group has all of them.
      SmallVector<int64_t> all;
      for (int64_t group = 0; group < groups; ++group)
        for (int64_t channel : channels)
          all.push_back(group * weight.getDimSize(2) + channel);
      input = gatherEarly(rewriter, input, all, 3);
    } else if (axis == 3 && groups == 1) {
      dy = gatherEarly(rewriter, dy, channels, 3);
    } else if (axis == 3 && weight.getDimSize(2) == 1) {
      // In a depthwise convolution an output channel needs the input channel of
      // its group.
      int64_t perGroup = weight.getDimSize(3) / groups;
      SmallVector<int64_t> inputs;
      for (int64_t channel : channels)
        inputs.push_back(channel / perGroup);
      input = gatherEarly(rewriter, input, inputs, 3);
      dy = gatherEarly(rewriter, dy, channels, 3);
      groups = static_cast<int64_t>(channels.size());
    } else {
      return rewriter.notifyMatchFailure(
          gather, "output channels of a grouped convolution do not group");
    }
    rewriter.replaceOpWithNewOp<nn::Conv2DWeightGradOp>(
        gather, gather.getType(), input, dy, op.getStrides(), op.getPads(),
        op.getDilations(), groups);
    return success();
  }
};

struct NarrowMatMul : GatherPattern<nn::MatMulOp> {
  using GatherPattern::GatherPattern;

  LogicalResult rewrite(nn::GatherOp gather, nn::MatMulOp op,
                        ArrayRef<int64_t> channels,
                        PatternRewriter &rewriter) const override {
    int64_t rank = op.getType().getRank();
    int64_t fromEnd = rank - static_cast<int64_t>(gather.getAxis());
    if (op.getBias())
      return rewriter.notifyMatchFailure(gather, "no gradient: has a bias");
    if (fromEnd > 2)
      return rewriter.notifyMatchFailure(gather, "along a batch axis");
    Value lhs = op.getLhs(), rhs = op.getRhs();
    bool rows = fromEnd == 2;
    Value &narrowed = rows ? lhs : rhs;
    bool transposed = rows ? op.getTransposeLhs() : op.getTransposeRhs();
    int64_t operandRank = cast<ShapedType>(narrowed.getType()).getRank();
    narrowed = gatherEarly(rewriter, narrowed, channels,
                           operandRank - (rows != transposed ? 2 : 1));
    rewriter.replaceOpWithNewOp<nn::MatMulOp>(
        gather, lhs, rhs, op.getTransposeLhs(), op.getTransposeRhs());
    return success();
  }
};

/// The gradient of a weight with several uses is a sum.
struct NarrowSum : GatherPattern<nn::AddOp> {
  using GatherPattern::GatherPattern;

  LogicalResult rewrite(nn::GatherOp gather, nn::AddOp op,
                        ArrayRef<int64_t> channels,
                        PatternRewriter &rewriter) const override {
    if (op.getLhs().getType() != op.getRhs().getType())
      return rewriter.notifyMatchFailure(gather, "a broadcasting sum");
    auto narrow = [&](Value value) -> Value {
      return nn::GatherOp::create(rewriter, gather.getLoc(), value,
                                  gather.getIndices(), gather.getAxis());
    };
    rewriter.replaceOpWithNewOp<nn::AddOp>(gather, narrow(op.getLhs()),
                                           narrow(op.getRhs()));
    return success();
  }
};

/// The gradient of a scaled loss is scaled back by a multiplication.
struct NarrowScale : GatherPattern<nn::MulOp> {
  using GatherPattern::GatherPattern;

  LogicalResult rewrite(nn::GatherOp gather, nn::MulOp op,
                        ArrayRef<int64_t> channels,
                        PatternRewriter &rewriter) const override {
    if (cast<RankedTensorType>(op.getRhs().getType()).getRank() != 0)
      return rewriter.notifyMatchFailure(gather,
                                         "not scaled by a single number");
    Value narrow = nn::GatherOp::create(rewriter, gather.getLoc(), op.getLhs(),
                                        gather.getIndices(), gather.getAxis());
    rewriter.replaceOpWithNewOp<nn::MulOp>(gather, narrow, op.getRhs());
    return success();
  }
};

struct NarrowTranspose : GatherPattern<nn::TransposeOp> {
  using GatherPattern::GatherPattern;

  LogicalResult rewrite(nn::GatherOp gather, nn::TransposeOp op,
                        ArrayRef<int64_t> channels,
                        PatternRewriter &rewriter) const override {
    Value narrow = nn::GatherOp::create(rewriter, gather.getLoc(),
                                        op.getInput(), gather.getIndices(),
                                        op.getPermutation()[gather.getAxis()]);
    rewriter.replaceOpWithNewOp<nn::TransposeOp>(gather, narrow,
                                                 op.getPermutation());
    return success();
  }
};

/// The saved forward value may be codes, which are gathered before they are
/// dequantized.
struct NarrowDequantize : GatherPattern<lowp::DequantizeOp> {
  using GatherPattern::GatherPattern;

  LogicalResult rewrite(nn::GatherOp gather, lowp::DequantizeOp op,
                        ArrayRef<int64_t> channels,
                        PatternRewriter &rewriter) const override {
    quant::QuantizedType type = lowp::getQuantizedType(op.getInput().getType());
    if (lowp::getScales(type).axis >= 0)
      return rewriter.notifyMatchFailure(gather, "one scale per channel");
    Value narrow = gatherEarly(rewriter, op.getInput(), channels,
                               static_cast<int64_t>(gather.getAxis()));
    rewriter.replaceOpWithNewOp<lowp::DequantizeOp>(gather, gather.getType(),
                                                    narrow);
    return success();
  }
};

/// The gradient of a weight that broadcasts over a batch is a sum over the
/// batch.
struct NarrowReduction : GatherPattern<nn::ReduceOp> {
  using GatherPattern::GatherPattern;

  LogicalResult rewrite(nn::GatherOp gather, nn::ReduceOp op,
                        ArrayRef<int64_t> channels,
                        PatternRewriter &rewriter) const override {
    auto axis = static_cast<int64_t>(gather.getAxis());
    if (op.getKeepdims()) {
      if (llvm::is_contained(op.getAxes(), axis))
        return rewriter.notifyMatchFailure(gather, "along a reduced axis");
    } else {
      // Map the gathered axis to the operand, which has the reduced axes too.
      for (int64_t reduced : op.getAxes())
        if (reduced <= axis)
          ++axis;
    }
    Value narrow = nn::GatherOp::create(
        rewriter, gather.getLoc(), op.getInput(), gather.getIndices(), axis);
    rewriter.replaceOpWithNewOp<nn::ReduceOp>(gather, op.getKind(), narrow,
                                              op.getAxes(), op.getKeepdims());
    return success();
  }
};

struct NarrowGradients : impl::TrainNarrowGradientsBase<NarrowGradients> {
  using TrainNarrowGradientsBase::TrainNarrowGradientsBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<NarrowConvolution, NarrowMatMul, NarrowSum, NarrowScale,
                 NarrowTranspose, NarrowReduction, NarrowDequantize>(
        &getContext());
    if (failed(rewriteGreedily(getOperation(), getArgument(),
                               std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
} // namespace coppice::train
