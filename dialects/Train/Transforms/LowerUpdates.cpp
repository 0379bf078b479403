//===- LowerUpdates.cpp - Expands optimizer steps ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Passes.h"
#include "dialects/Train/Transforms/Scaling.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

#include <cmath>

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINLOWERUPDATES
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
struct LowerUpdate : OpRewritePattern<UpdateOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UpdateOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getRounding())
      return rewriter.notifyMatchFailure(op, "the parameter is quantized");
    // The step is computed in the type of the gradient, which is f32 for
    // narrower weights.
    Value gradient = op.getGradient(), parameter = op.getParameter();
    auto type = cast<RankedTensorType>(gradient.getType());
    nn::TensorExpr e(rewriter, op.getLoc(), type.getElementType());
    if (parameter.getType() != type)
      parameter = nn::CastOp::create(rewriter, op.getLoc(), type, parameter);
    if (op.getRelative())
      gradient = e.div(gradient, parameter);
    if (op.getLatent() && !op.getQas()) {
      gradient = nn::MulOp::create(
          rewriter, op.getLoc(), gradient,
          createScales(rewriter, op.getLoc(), type, type.getElementType(),
                       cast<quant::QuantizedType>(*op.getLatent()),
                       ScalePower::Square, op.getLargestScale()));
    }
    SmallVector<Value> results = op.getOptimizer().buildDecrement(
        rewriter, op.getLoc(), parameter, gradient, op.getSlots(),
        op.getLearningRate(), op.getStep());
    if (op.getRelative()) {
      llvm::APFloat bound(std::log(2.0));
      Value step = nn::ClipOp::create(rewriter, op.getLoc(), results[0],
                                      neg(bound), bound);
      results[0] = e.mul(parameter, e.exp(e.neg(step)));
    } else {
      results[0] = e.sub(parameter, results[0]);
    }
    if (Type stored = op.getParameter().getType();
        results[0].getType() != stored)
      results[0] =
          nn::CastOp::create(rewriter, op.getLoc(), stored, results[0]);
    rewriter.replaceOp(op, results);
    return success();
  }
};

/// Expands the update of a quantized parameter. Codes are converted to floats:
/// codes of 32 bits (biases) to f64, which holds them exactly.
struct LowerQuantizedUpdate : OpRewritePattern<UpdateOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UpdateOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getRounding())
      return rewriter.notifyMatchFailure(op, "the parameter is no code");
    Location loc = op.getLoc();
    Type parameterType = op.getParameter().getType();
    quant::QuantizedType type = lowp::getQuantizedType(parameterType);
    if (!type.isSigned() && type.getStorageTypeIntegralWidth() > 16)
      return rewriter.notifyMatchFailure(op, "codes of unsigned 32 bits");
    auto realType = cast<RankedTensorType>(op.getGradient().getType());
    Type real = realType.getElementType();
    Type wide =
        type.getStorageTypeIntegralWidth() > 16 ? rewriter.getF64Type() : real;
    nn::TensorExpr e(rewriter, loc, real), w(rewriter, loc, wide);
    auto cast = [&](Value value, Type element) -> Value {
      Type to = lowp::withElement(value.getType(), element);
      return value.getType() == to
                 ? value
                 : nn::CastOp::create(rewriter, loc, to, value).getResult();
    };
    auto scales = [&](Type element, ScalePower power) {
      return createScales(rewriter, loc, realType, element, type, power,
                          op.getLargestScale());
    };

    Value codes = cast(quant::StorageCastOp::create(
                           rewriter, loc, lowp::getStorageTensor(parameterType),
                           op.getParameter()),
                       wide);
    unsigned storageBits = type.getStorageTypeIntegralWidth();
    // The integer type that holds the codes is signed, so unsigned codes are
    // corrected.
    if (!type.isSigned())
      codes = w.select(w.lt(codes, w.constant(0)),
                       w.add(codes, w.constant(std::exp2(storageBits))), codes);

    Value value, gradient = op.getGradient();
    if (op.getQas()) {
      value = lowp::DequantizeOp::create(rewriter, loc, realType,
                                         op.getParameter());
    } else {
      value = cast(createCentred(rewriter, loc, codes, type), real);
      gradient = e.mul(gradient, scales(real, ScalePower::Scale));
    }
    OptimizerAttrInterface optimizer = op.getOptimizer();
    size_t optimizerSlots = optimizer.getSlotNames().size();
    SmallVector<Value> results =
        optimizer.buildDecrement(rewriter, loc, value, gradient,
                                 op.getSlots().take_front(optimizerSlots),
                                 op.getLearningRate(), op.getStep());
    Value decrement = cast(results[0], wide);
    if (op.getQas())
      decrement = w.mul(decrement, scales(wide, ScalePower::Inverse));
    Value exact = w.sub(codes, decrement);

    bool keepsRest = op.getRounding() == UpdateRounding::error_feedback;
    if (keepsRest)
      exact = w.add(exact, w.mul(cast(op.getSlots().back(), wide),
                                 w.constant(1.0 / 256)));
    unsigned bits = llvm::PowerOf2Ceil(
        std::max(storageBits + (type.isSigned() ? 0u : 1u), 8u));
    Value rounded = round(rewriter, op, clip(rewriter, loc, exact, type, bits),
                          rewriter.getIntegerType(bits));
    if (keepsRest) {
      Value rest = w.mul(w.sub(exact, cast(rounded, wide)), w.constant(256));
      Type slot = op.getSlots().back().getType();
      results.push_back(lowp::RoundOp::create(rewriter, loc, slot,
                                              lowp::RoundingMode::nearest, rest,
                                              /*seed=*/Value(), /*stream=*/0));
    }
    rounded = cast(rounded, rewriter.getIntegerType(storageBits));
    results[0] =
        quant::StorageCastOp::create(rewriter, loc, parameterType, rounded);
    rewriter.replaceOp(op, results);
    return success();
  }

private:
  /// Clamps `codes` to the storage range, if it is narrower than the integer
  /// type.
  static Value clip(OpBuilder &b, Location loc, Value codes,
                    quant::QuantizedType type, unsigned bits) {
    int64_t low = type.getStorageTypeMin(), high = type.getStorageTypeMax();
    if (low == llvm::minIntN(bits) && high == llvm::maxIntN(bits))
      return codes;
    return nn::ClipOp::create(b, loc, codes,
                              llvm::APFloat(static_cast<double>(low)),
                              llvm::APFloat(static_cast<double>(high)));
  }

  static Value round(OpBuilder &b, UpdateOp op, Value codes, Type integer) {
    lowp::RoundingMode mode = lowp::RoundingMode::nearest;
    if (op.getRounding() == UpdateRounding::zero)
      mode = lowp::RoundingMode::zero;
    if (op.getRounding() == UpdateRounding::stochastic)
      mode = lowp::RoundingMode::stochastic;
    bool random = mode == lowp::RoundingMode::stochastic;
    return lowp::RoundOp::create(
        b, op.getLoc(), lowp::withElement(codes.getType(), integer), mode,
        codes, random ? op.getStep() : Value(), random ? op.getStream() : 0);
  }
};

struct LowerUpdates : impl::TrainLowerUpdatesBase<LowerUpdates> {
  using TrainLowerUpdatesBase::TrainLowerUpdatesBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<LowerUpdate, LowerQuantizedUpdate>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    getOperation().walk([&](UpdateOp op) {
      op.emitError("there is no update of a parameter of type ")
          << op.getParameter().getType();
      signalPassFailure();
    });
  }
};
} // namespace
} // namespace coppice::train
