//===- Autodiff.cpp - Expands gradient requests -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/ExpandGradient.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINAUTODIFF
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
struct Autodiff : impl::TrainAutodiffBase<Autodiff> {
  using TrainAutodiffBase::TrainAutodiffBase;

  void runOnOperation() override {
    SmallVector<GradientOp> requests;
    getOperation().walk([&](GradientOp op) { requests.push_back(op); });
    // Requests are expanded in order, because a later request may differentiate
    // an earlier gradient.
    for (GradientOp request : requests)
      if (failed(train::expandGradient(request)))
        return signalPassFailure();
    if (requests.empty())
      return;
    getOperation()->removeAttr(kGradientFormatAttr);
    getOperation()->removeAttr(kLossScaleAttr);
  }
};
} // namespace
} // namespace coppice::train
