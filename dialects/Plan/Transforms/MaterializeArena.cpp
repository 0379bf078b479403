//===- MaterializeArena.cpp - Buffers as views of the arena -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANMATERIALIZEARENA
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

namespace {
struct ExpandPack : OpRewritePattern<PackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PackOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> views;
    for (auto [buffer, name, offset] :
         llvm::zip_equal(op.getBuffers(), op.getNames(), op.getOffsets())) {
      Location loc = NameLoc::get(cast<StringAttr>(name), op.getLoc());
      Value shift = arith::ConstantIndexOp::create(rewriter, loc, offset);
      views.push_back(memref::ViewOp::create(
          rewriter, loc, cast<MemRefType>(buffer.getType()), op.getArena(),
          shift, ValueRange()));
    }
    rewriter.replaceOp(op, views);
    return success();
  }
};

struct PlanMaterializeArena
    : plan::impl::PlanMaterializeArenaBase<PlanMaterializeArena> {
  using PlanMaterializeArenaBase::PlanMaterializeArenaBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandPack>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
