//===- FuseLayerNorm.cpp - Layer norms on codes with their scale *- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/ScaledNorm.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "lib/Support/Remarks.h"

namespace coppice::lowp {
#define GEN_PASS_DEF_LOWPFUSELAYERNORM
#include "dialects/LowP/Transforms/Passes.h.inc"
} // namespace coppice::lowp

using namespace mlir;
using namespace coppice;
using namespace coppice::lowp;

/// Creates the op that replaces a norm, in front of its quantize.
static LayerNormOp create(const ScaledNorm &found) {
  QuantizeOp quantize = found.end;
  nn::NormalizeOp normalize = found.norm;
  OpBuilder b(quantize);
  return LayerNormOp::create(
      b, b.getFusedLoc({quantize.getLoc(), normalize.getLoc()}),
      quantize.getResult().getType(), found.codes,
      b.getDenseF64ArrayAttr(found.gamma), b.getDenseF64ArrayAttr(found.beta),
      normalize.getEpsilonAttr(), normalize.getUncenteredAttr());
}

namespace {
struct FuseLayerNorm : lowp::impl::LowPFuseLayerNormBase<FuseLayerNorm> {
  using LowPFuseLayerNormBase::LowPFuseLayerNormBase;
  void runOnOperation() override {
    DenseSet<StringAttr> written;
    SmallVector<QuantizeOp> ends;
    getOperation().walk([&](Operation *op) {
      if (auto write = dyn_cast<train::WriteOp>(op))
        written.insert(write.getParameterAttr().getAttr());
      else if (auto quantize = dyn_cast<QuantizeOp>(op))
        ends.push_back(quantize);
    });
    auto isFrozen = [&](train::ReadOp read) {
      return !written.contains(read.getParameterAttr().getAttr());
    };
    for (QuantizeOp end : ends) {
      std::string why;
      std::optional<ScaledNorm> norm = ScaledNorm::find(end, isFrozen, why);
      if (!norm)
        continue;
      LayerNormOp fused = create(*norm);
      decisionRemark(fused, RemarkCategory::Fusion, "layer-norm")
          << mlir::remark::reason(
                 "a norm with scale and shift, {0} ops, becomes "
                 "one layer on codes",
                 norm->ops.size() + 1);
      end.replaceAllUsesWith(fused.getResult());
      end.erase();
      for (Operation *op : llvm::reverse(norm->ops))
        op->erase();
    }
  }
};
} // namespace
