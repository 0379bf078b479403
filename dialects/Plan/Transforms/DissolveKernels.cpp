//===- DissolveKernels.cpp - Kernels become their ops -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANDISSOLVEKERNELS
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

namespace {
struct PlanDissolveKernels
    : plan::impl::PlanDissolveKernelsBase<PlanDissolveKernels> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](KernelOp kernel) {
      YieldOp yield = kernel.getYield();
      rewriter.inlineBlockBefore(&kernel.getBody().front(), kernel,
                                 kernel.getOperands());
      rewriter.replaceOp(kernel, yield.getValues());
      rewriter.eraseOp(yield);
    });
  }
};
} // namespace
