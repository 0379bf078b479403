//===- ExpandMath.cpp - Polynomials for transcendental functions -*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Support/Greedy.h"
#include "lib/Target/LLVM/Passes.h"

#include "coppice/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace coppice::target {
#define GEN_PASS_DEF_EXPANDMATH
#include "lib/Target/LLVM/Passes.h.inc"
} // namespace coppice::target

using namespace mlir;

namespace {
struct ExpandMath : coppice::target::impl::ExpandMathBase<ExpandMath> {
  using ExpandMathBase::ExpandMathBase;

  void runOnOperation() override {
    FailureOr<coppice::TargetRecord> target =
        coppice::TargetRecord::get(getOperation());
    if (failed(target))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
      return llvm::is_contained(
          {math::ExpOp::getOperationName(), math::ExpM1Op::getOperationName(),
           math::LogOp::getOperationName(), math::Log1pOp::getOperationName(),
           math::TanhOp::getOperationName(), math::ErfOp::getOperationName()},
          name);
    });
    // A fused multiply-add that is no instruction is a call per element.
    if (!target->hasFusedMultiplyAdd())
      math::populateExpansionPatterns(patterns, {"fma"});
    // Instructions that round to bfloat16 flush subnormal numbers, and where
    // there are none it is a call.
    arith::populateExpandBFloat16Patterns(patterns);
    if (failed(coppice::rewriteGreedily(getOperation(), getArgument(),
                                        std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
