//===- SplitClamps.cpp - Splits clamps off their layers ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "dialects/Train/Analysis/Activity.h"
#include "dialects/Train/Analysis/QuantizedLayers.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace coppice::lowp {
#define GEN_PASS_DEF_LOWPSPLITCLAMPS
#include "dialects/LowP/Transforms/Passes.h.inc"

namespace {
/// Returns a type of the same scales with twice the bits, for the result before
/// the clamp. A result outside of the wide range is outside of every narrower
/// range too.
quant::QuantizedType widen(quant::QuantizedType type) {
  unsigned bits = type.getStorageTypeIntegralWidth() > 8 ? 32 : 16;
  return withStorage(type, bits, /*isSigned=*/true, llvm::minIntN(bits),
                     llvm::maxIntN(bits));
}

struct SplitClamps : impl::LowPSplitClampsBase<SplitClamps> {
  using LowPSplitClampsBase::LowPSplitClampsBase;

  void runOnOperation() override {
    llvm::SetVector<Operation *> layers;
    for (auto request : getOperation().getOps<train::GradientOp>()) {
      Block &block = *request->getBlock();
      train::Activity activity(block, request.getLoss(), request.getWrt());
      for (Operation &op : block)
        if (train::mayClamp(op) && activity.isOnPath(op))
          layers.insert(&op);
    }
    for (Operation *op : layers)
      split(op->getResult(0));
  }

private:
  void split(OpResult result) {
    auto type = cast<RankedTensorType>(result.getType());
    quant::QuantizedType narrow = getQuantizedType(type);
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfterValue(result);
    result.setType(withElement(type, widen(narrow)));
    auto mask = RankedTensorType::get({getMaskBytes(type.getNumElements())},
                                      builder.getI8Type());
    auto clamp = ClampOp::create(builder, result.getLoc(), type, mask, result);
    result.replaceAllUsesExcept(clamp.getResult(), clamp);
  }
};
} // namespace
} // namespace coppice::lowp
