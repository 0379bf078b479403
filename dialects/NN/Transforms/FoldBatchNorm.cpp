//===- FoldBatchNorm.cpp - Folds scale and shift into weights ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/NN/IR/TensorType.h"
#include "dialects/NN/Transforms/FrozenValues.h"
#include "dialects/NN/Transforms/Passes.h"
#include "lib/Support/Elements.h"
#include "lib/Support/Remarks.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

#include <cmath>

namespace coppice::nn {
#define GEN_PASS_DEF_NNFOLDBATCHNORM
#include "dialects/NN/Transforms/Passes.h.inc"
} // namespace coppice::nn

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

namespace {
/// scale[c] x + shift[c]. Each of the two has one element, or one per channel.
struct Affine {
  Reals scale{1.0}, shift{0.0};
};
} // namespace

//===----------------------------------------------------------------------===//
// The chain behind a layer
//===----------------------------------------------------------------------===//

/// If `op` is an affine function of `value` with frozen coefficients, and uses
/// `value` once, appends the function to `affine`.
static bool compose(Operation *op, Value value, FrozenValues &frozen,
                    Affine &affine) {
  if (!isa<AddOp, SubOp, MulOp, DivOp>(op) ||
      op->getResult(0).getType() != value.getType())
    return false;
  bool isLeft = op->getOperand(0) == value;
  Value other = op->getOperand(isLeft ? 1 : 0);
  if (isa<DivOp>(op) && !isLeft)
    return false;
  // The coefficient may vary along the channels alone, which are the last axis.
  RankedTensorType type = typeOf(other);
  if (type.getRank() > 0 && !llvm::all_of(type.getShape().drop_back(),
                                          [](int64_t e) { return e == 1; }))
    return false;
  std::optional<Reals> c = frozen.evaluate(other);
  if (!c)
    return false;
  std::optional<Reals> scale = affine.scale, shift = affine.shift;
  if (isa<AddOp>(op)) {
    shift = zip(shift, c, std::plus<>());
  } else if (isa<SubOp>(op)) {
    shift = zip(shift, c,
                [&](double x, double y) { return isLeft ? x - y : y - x; });
    for (double &s : *scale)
      s = isLeft ? s : -s;
  } else {
    auto times = [&](double x, double y) {
      return isa<MulOp>(op) ? x * y : x / y;
    };
    scale = zip(scale, c, times);
    shift = zip(shift, c, times);
  }
  if (!scale || !shift)
    return false;
  affine = {std::move(*scale), std::move(*shift)};
  return true;
}

/// Returns the ops behind `value` that scale and shift its channels, and
/// composes them in `affine`.
static SmallVector<Operation *> findChain(Value value, FrozenValues &frozen,
                                          Affine &affine) {
  SmallVector<Operation *> chain;
  int64_t channels = typeOf(value).getShape().back();
  while (value.hasOneUse()) {
    Operation *user = *value.user_begin();
    if (auto reshape = dyn_cast<ReshapeOp>(user)) {
      ArrayRef<int64_t> shape = reshape.getType().getShape();
      if (shape.empty() || shape.back() != channels)
        break;
    } else if (compose(user, value, frozen, affine)) {
      chain.push_back(user);
    } else {
      break;
    }
    value = user->getResult(0);
  }
  return chain;
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

static unsigned weightOf(Operation *) { return 1; }

/// Returns the channel of the result that element `i` of the weight contributes
/// to.
static int64_t channelOf(Conv2DOp op, int64_t i) {
  return i % typeOf(op.getWeight()).getShape().back();
}
static int64_t channelOf(Conv2DInputGradOp op, int64_t i) {
  ArrayRef<int64_t> shape = typeOf(op.getWeight()).getShape();
  int64_t output = i % shape[3], input = i / shape[3] % shape[2],
          groups = op.getGroups();
  return output / (shape[3] / groups) * shape[2] + input;
}
static int64_t channelOf(MatMulOp op, int64_t i) {
  ArrayRef<int64_t> shape = typeOf(op.getRhs()).getShape();
  return op.getTransposeRhs() ? i / shape[1] : i % shape[1];
}

namespace {
template <typename OpTy> struct FoldIntoLayer : OpRewritePattern<OpTy> {
  FoldIntoLayer(MLIRContext *context, FrozenValues &frozen)
      : OpRewritePattern<OpTy>(context), frozen(frozen) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override;

private:
  static constexpr bool kMayHaveBias = !std::is_same_v<OpTy, Conv2DInputGradOp>;

  FrozenValues &frozen;
};
} // namespace

template <typename OpTy>
LogicalResult
FoldIntoLayer<OpTy>::matchAndRewrite(OpTy op, PatternRewriter &rewriter) const {
  Value weight = op->getOperand(weightOf(op));
  RankedTensorType type = typeOf(weight), resultType = typeOf(op.getResult());
  if constexpr (std::is_same_v<OpTy, MatMulOp>)
    if (type.getRank() != 2)
      return rewriter.notifyMatchFailure(op, "the weight differs between rows");
  std::optional<FrozenTensor> tensor = frozen.lookup(weight);
  if (!tensor)
    return rewriter.notifyMatchFailure(op, "the weight is not frozen");
  Affine affine;
  SmallVector<Operation *> chain = findChain(op.getResult(), frozen, affine);
  auto isOne = [](double s) { return s == 1.0; };
  bool isScaled = !llvm::all_of(affine.scale, isOne);
  // A bias costs a convolution nothing, because its loop starts from it. A
  // matrix product without a bias does not get one.
  Value oldBias;
  if constexpr (kMayHaveBias)
    oldBias = op.getBias();
  bool takesBias = oldBias || std::is_same_v<OpTy, Conv2DOp>;
  if (chain.empty() || (!takesBias && !isScaled))
    return rewriter.notifyMatchFailure(
        op, "the result has no single use by a frozen scale or shift");
  if (!llvm::all_of(affine.scale, [](double s) { return std::isfinite(s); }) ||
      !llvm::all_of(affine.shift, [](double s) { return std::isfinite(s); }))
    return rewriter.notifyMatchFailure(op, "a factor is not finite");
  std::optional<Reals> values = readReals(tensor->value);
  if (!values)
    return rewriter.notifyMatchFailure(op, "the weight's data is missing");

  std::optional<Reals> bias = affine.shift;
  if (oldBias) {
    std::optional<Reals> old = frozen.evaluate(oldBias);
    if (!old)
      return rewriter.notifyMatchFailure(op, "the bias is not frozen");
    bias = zip(zip(old, affine.scale, std::multiplies<>()), affine.shift,
               std::plus<>());
  }

  int64_t channels = resultType.getShape().back();
  affine.scale.resize(channels, affine.scale.front());
  bias->resize(channels, bias->front());
  rewriter.setInsertionPoint(op);
  if (isScaled) {
    for (auto [i, value] : llvm::enumerate(*values))
      value *= affine.scale[channelOf(op, i)];
    Value fresh =
        frozen.create(rewriter, *tensor, "folded", type, std::move(*values));
    rewriter.modifyOpInPlace(op, [&] { op->setOperand(weightOf(op), fresh); });
  }
  decisionRemark(op, RemarkCategory::Fusion, "scale-and-shift")
      << remark::reason("{0} frozen scales and shifts join the weight and bias",
                        chain.size());
  // Replace the results of the chain by their inputs. A reshape in the chain
  // stays. The other ops are dead now.
  for (Operation *step : chain) {
    bool isLeft = !frozen.evaluate(step->getOperand(0));
    rewriter.replaceAllUsesWith(step->getResult(0),
                                step->getOperand(isLeft ? 0 : 1));
  }
  bool isShifted = !llvm::all_of(*bias, [](double b) { return b == 0.0; });
  if constexpr (kMayHaveBias)
    if (!isShifted)
      rewriter.modifyOpInPlace(op, [&] { op.getBiasMutable().clear(); });
  if (!isShifted)
    return success();
  auto biasType = RankedTensorType::get(channels, type.getElementType());
  Value fresh =
      frozen.create(rewriter, *tensor, "shift", biasType, std::move(*bias));
  if constexpr (kMayHaveBias) {
    if (takesBias) {
      rewriter.modifyOpInPlace(op, [&] { op.getBiasMutable().assign(fresh); });
      return success();
    }
  }
  rewriter.setInsertionPointAfter(op);
  auto add = AddOp::create(rewriter, op.getLoc(), op.getResult(), fresh);
  rewriter.replaceAllUsesExcept(op.getResult(), add, add);
  return success();
}

namespace {
struct NNFoldBatchNorm
    : coppice::nn::impl::NNFoldBatchNormBase<NNFoldBatchNorm> {
  using NNFoldBatchNormBase::NNFoldBatchNormBase;

  static llvm::StringSet<> findReads(ModuleOp module) {
    llvm::StringSet<> names;
    module.walk([&](train::ReadOp op) { names.insert(op.getParameter()); });
    return names;
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    llvm::StringSet<> before = findReads(module);
    FrozenValues frozen(module);
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldIntoLayer<Conv2DOp>, FoldIntoLayer<Conv2DInputGradOp>,
                 FoldIntoLayer<MatMulOp>>(&getContext(), frozen);
    walkAndApplyPatterns(module, std::move(patterns));

    // Erase the folded ops and the ops that only they used.
    module.walk<WalkOrder::PostOrder, ReverseIterator>([&](Operation *op) {
      if (isa_and_nonnull<NNDialect, train::TrainDialect>(op->getDialect()) &&
          isOpTriviallyDead(op))
        op->erase();
    });
    llvm::StringSet<> after = findReads(module);
    for (auto parameter :
         llvm::make_early_inc_range(module.getOps<train::ParameterOp>()))
      if (before.contains(parameter.getSymName()) &&
          !after.contains(parameter.getSymName()))
        parameter.erase();
  }
};
} // namespace
