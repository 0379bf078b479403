//===- SinkThroughReshape.cpp - Transposes behind reshapes ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Transforms/PropagateLayout.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

namespace {
/// A transpose moves through a reshape that only splits axes, or only merges
/// axes that are neighbours in x too. The reshape may add or drop axes of
/// extent 1.
struct SinkThroughReshape : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "input is not a transpose");
    ArrayRef<int64_t> p = transpose.getPermutation();
    ArrayRef<int64_t> from = op.getInput().getType().getShape(),
                      to = op.getType().getShape();
    if (llvm::is_contained(from, 0))
      return rewriter.notifyMatchFailure(op, "no elements");
    // Groups of neighbouring axes with equal products.
    struct Group {
      SmallVector<int64_t> from, to;
    };
    SmallVector<Group> groups;
    for (size_t i = 0, j = 0; i < from.size() || j < to.size();) {
      Group group;
      int64_t left = 1, right = 1;
      if (i < from.size())
        left = from[group.from.emplace_back(i++)];
      if (left != 1 || i == from.size())
        if (j < to.size())
          right = to[group.to.emplace_back(j++)];
      while (left != right) {
        if (left < right && i < from.size())
          left *= from[group.from.emplace_back(i++)];
        else if (j < to.size())
          right *= to[group.to.emplace_back(j++)];
        else
          return rewriter.notifyMatchFailure(op, "shapes do not line up");
      }
      groups.push_back(std::move(group));
    }
    // In x, a group starts at its first axis whose extent is not 1.
    SmallVector<std::pair<int64_t, size_t>> order;
    for (auto [g, group] : llvm::enumerate(groups)) {
      int64_t last = -1, first = -1;
      for (int64_t axis : group.from) {
        if (from[axis] == 1)
          continue;
        // Only axes of extent 1 may lie between those of a group.
        for (int64_t between = last + 1; last >= 0 && between < p[axis];
             ++between)
          if (transpose.getInput().getType().getDimSize(between) != 1)
            return rewriter.notifyMatchFailure(op, "merges distant axes");
        if (last > p[axis])
          return rewriter.notifyMatchFailure(op, "merges swapped axes");
        last = p[axis];
        first = first < 0 ? last : first;
      }
      if (first < 0)
        first = group.from.empty() ? from.size() : p[group.from.front()];
      order.push_back({first, g});
    }
    llvm::sort(order);
    SmallVector<int64_t> shape, q(to.size());
    for (auto [place, g] : order) {
      for (int64_t axis : groups[g].to) {
        q[axis] = shape.size();
        shape.push_back(to[axis]);
      }
    }
    Value moved = ReshapeOp::create(
        rewriter, op.getLoc(),
        RankedTensorType::get(shape, op.getType().getElementType()),
        transpose.getInput());
    rewriter.replaceOpWithNewOp<TransposeOp>(op, moved, q);
    return success();
  }
};
} // namespace

void nn::populateSinkThroughReshape(RewritePatternSet &patterns) {
  patterns.add<SinkThroughReshape>(patterns.getContext());
}
