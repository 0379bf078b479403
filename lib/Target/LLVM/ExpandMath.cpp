//===- ExpandMath.cpp - Polynomials, and bfloat16 in integers ---*- C++ -*-===//
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
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coppice::target {
#define GEN_PASS_DEF_EXPANDMATH
#include "lib/Target/LLVM/Passes.h.inc"
} // namespace coppice::target

using namespace mlir;

namespace {
/// Rounds half to even on the 32 bits of an f32. Upstream's pattern selects the
/// NaN among bfloat16s. If such a vector fits no register, LLVM rounds the
/// selected value once more, by a call.
struct RoundToBFloat16 : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Type from = op.getIn().getType(), to = op.getType();
    if (!getElementTypeOrSelf(from).isF32() ||
        !getElementTypeOrSelf(to).isBF16())
      return rewriter.notifyMatchFailure(op, "is not from f32 to bfloat16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto withElement = [&](Type element) -> Type {
      if (auto vector = dyn_cast<VectorType>(to))
        return vector.clone(element);
      return element;
    };
    Type wide = withElement(b.getI32Type()), half = withElement(b.getI16Type());
    auto constant = [&](int32_t value) -> Value {
      TypedAttr attr = b.getI32IntegerAttr(value);
      if (auto vector = dyn_cast<VectorType>(wide))
        attr = SplatElementsAttr::get(vector, attr);
      return arith::ConstantOp::create(b, attr);
    };
    Value bits = arith::BitcastOp::create(b, wide, op.getIn());
    Value last = arith::AndIOp::create(
        b, arith::ShRUIOp::create(b, bits, constant(16)), constant(1));
    Value rounded = arith::AddIOp::create(
        b, arith::AddIOp::create(b, bits, constant(0x7fff)), last);
    rounded = arith::ShRUIOp::create(b, rounded, constant(16));
    Value size = arith::AndIOp::create(b, bits, constant(0x7fffffff));
    Value isNaN = arith::CmpIOp::create(b, arith::CmpIPredicate::ugt, size,
                                        constant(0x7f800000));
    Value chosen = arith::SelectOp::create(b, isNaN, constant(0x7fc0), rounded);
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(
        op, to, arith::TruncIOp::create(b, half, chosen));
    return success();
  }
};

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
    // Without the instruction, a fused multiply-add would be a call per
    // element.
    if (!target->hasFusedMultiplyAdd())
      math::populateExpansionPatterns(patterns, {"fma"});
    // Instructions that round to bfloat16 flush subnormal numbers, and a target
    // without them would call a function.
    arith::populateExpandBFloat16Patterns(patterns);
    patterns.add<RoundToBFloat16>(&getContext(), /*benefit=*/2);
    if (failed(coppice::rewriteGreedily(getOperation(), getArgument(),
                                        std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
