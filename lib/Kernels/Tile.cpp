//===- Tile.cpp - Contractions become loops over register tiles -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/BufferFusion.h"
#include "lib/Kernels/KernelEmitter.h"
#include "lib/Kernels/Passes.h"
#include "lib/Support/Remarks.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace coppice::kernels;

namespace coppice {
#define GEN_PASS_DEF_KERNELSTILE
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

static void tile(IRRewriter &rewriter, linalg::GenericOp op,
                 BufferFusion &fusion, const coppice::TargetRecord &target) {
  std::string whyNot;
  std::optional<LoopKernel> kernel = analyze(op, whyNot);
  if (!kernel)
    return;
  rewriter.setInsertionPoint(fusion.fuse(*kernel));
  simplify(rewriter, *kernel);
  Tiling tiling = chooseTiling(*kernel, target);
  coppice::decisionRemark(op, coppice::RemarkCategory::Tile, "tile")
      << remark::reason("{0} vectors of {1} along loop {2}, {3} accumulators",
                        tiling.vectors, tiling.lanes, tiling.laneLoop,
                        tiling.accumulators());
  emitKernel(rewriter, *kernel, tiling);
  fusion.erase(rewriter, *kernel);
}

namespace {
struct KernelsTile : coppice::impl::KernelsTileBase<KernelsTile> {
  using KernelsTileBase::KernelsTileBase;

  void runOnOperation() override {
    FailureOr<coppice::TargetRecord> target =
        coppice::TargetRecord::get(getOperation());
    if (failed(target))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    SmallVector<linalg::LinalgOp> named;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op.getNumReductionLoops() && op.hasPureBufferSemantics() &&
          !isa<linalg::GenericOp>(op))
        named.push_back(op);
    });
    for (linalg::LinalgOp op : named) {
      rewriter.setInsertionPoint(op);
      // Ops that cannot be generalised are not changed.
      (void)linalg::generalizeNamedOp(rewriter, op);
    }
    SmallVector<linalg::GenericOp> contractions;
    getOperation().walk([&](linalg::GenericOp op) {
      if (op.getNumReductionLoops() && op.hasPureBufferSemantics())
        contractions.push_back(op);
    });
    Block *block = nullptr;
    std::optional<BufferFusion> fusion;
    for (linalg::GenericOp op : contractions) {
      if (op->getBlock() != block) {
        block = op->getBlock();
        fusion.emplace(*block);
      }
      tile(rewriter, op, *fusion, *target);
    }
  }
};
} // namespace
