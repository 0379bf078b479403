//===- BoundInputs.cpp - Bounds of index arguments --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/Analysis/InputUses.h"
#include "dialects/NN/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace coppice::nn {
#define GEN_PASS_DEF_NNBOUNDINPUTS
#include "dialects/NN/Transforms/Passes.h.inc"
} // namespace coppice::nn

using namespace mlir;
using namespace coppice::nn;

namespace {
struct NNBoundInputs : coppice::nn::impl::NNBoundInputsBase<NNBoundInputs> {
  using NNBoundInputsBase::NNBoundInputsBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    InputUses uses;
    Builder builder(&getContext());
    for (BlockArgument argument : function.getArguments()) {
      auto type = dyn_cast<RankedTensorType>(argument.getType());
      if (!type || !isa<IntegerType>(type.getElementType()))
        continue;
      if (std::optional<IndexBounds> bounds = uses.getIndexBounds(argument))
        function.setArgAttr(
            argument.getArgNumber(), kIndexBoundsAttr,
            builder.getDenseI64ArrayAttr({bounds->low, bounds->high}));
    }
  }
};
} // namespace
