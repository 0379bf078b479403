//===- BatchNorm.cpp - Batch norm in training mode --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/BatchNorm.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Interfaces/InputUseInterface.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Passes.h"
#include "dialects/Train/Transforms/StepBuilder.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINBATCHNORM
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
/// Returns `value` without the reshapes, transposes and conversions that made
/// it, and appends these ops to `chain`, the last one first.
Value strip(Value value, SmallVectorImpl<Operation *> &chain) {
  while (OpOperand *moved = nn::getMoved(value.getDefiningOp())) {
    chain.push_back(moved->getOwner());
    value = moved->get();
  }
  return value;
}

Value strip(Value value) {
  SmallVector<Operation *> chain;
  return strip(value, chain);
}

/// Returns the read of a running statistic that `value` is a reshape of.
ReadOp getStatistic(Value value) {
  auto read = strip(value).getDefiningOp<ReadOp>();
  if (!read)
    return nullptr;
  ParameterOp parameter = getParameter(read);
  return parameter && parameter.getRole() == ParameterRole::statistic ? read
                                                                      : nullptr;
}

/// The parts of (x - mean) * (scale * rsqrt(variance + epsilon)), as importers
/// write an inference batch norm.
struct BatchNormParts {
  Value input, meanValue;
  ReadOp mean, variance;
  double epsilon = 0;
  /// Null where the scale is 1.
  Value scale;
  /// The ops that reshape the scale to the input's axes, the last one first.
  SmallVector<Operation *> scaleChain;
};

/// Returns the constant that all elements of `value` equal.
std::optional<double> getSplat(Value value) {
  DenseFPElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || !attr.isSplat())
    return std::nullopt;
  return attr.getSplatValue<APFloat>().convertToDouble();
}

/// Matches rsqrt(variance + epsilon).
bool matchDeviation(Value value, BatchNormParts &parts) {
  auto rsqrt = strip(value).getDefiningOp<nn::RsqrtOp>();
  auto add =
      rsqrt ? strip(rsqrt.getInput()).getDefiningOp<nn::AddOp>() : nn::AddOp();
  if (!add)
    return false;
  for (auto [variance, epsilon] : {std::pair(add.getLhs(), add.getRhs()),
                                   std::pair(add.getRhs(), add.getLhs())}) {
    std::optional<double> splat = getSplat(epsilon);
    ReadOp read = getStatistic(variance);
    if (!splat || !read)
      continue;
    parts.variance = read;
    parts.epsilon = *splat;
    return true;
  }
  return false;
}

bool matchFactor(Value value, BatchNormParts &parts) {
  if (matchDeviation(value, parts))
    return true;
  SmallVector<Operation *> chain;
  auto mul = strip(value, chain).getDefiningOp<nn::MulOp>();
  if (!mul)
    return false;
  for (auto [scale, deviation] : {std::pair(mul.getLhs(), mul.getRhs()),
                                  std::pair(mul.getRhs(), mul.getLhs())}) {
    if (!matchDeviation(deviation, parts))
      continue;
    parts.scale = scale;
    parts.scaleChain = chain;
    return true;
  }
  return false;
}

struct TrainNorm : OpRewritePattern<nn::MulOp> {
  TrainNorm(MLIRContext *context, double momentum, bool updateStatistics)
      : OpRewritePattern(context), momentum(momentum),
        updateStatistics(updateStatistics) {}

  LogicalResult matchAndRewrite(nn::MulOp op,
                                PatternRewriter &rewriter) const override;

private:
  void updateStatistic(PatternRewriter &rewriter, ReadOp old, Value batch,
                       double correction) const;

  double momentum;
  bool updateStatistics;
};
} // namespace

/// running = momentum * running + (1 - momentum) * correction * batch, written
/// at the function's end. If a layer is applied several times, each application
/// updates the statistic that the one before it made.
void TrainNorm::updateStatistic(PatternRewriter &rewriter, ReadOp old,
                                Value batch, double correction) const {
  double kept = momentum;
  if (auto own =
          getParameter(old)->getAttrOfType<FloatAttr>(kRunningMomentumAttr))
    kept = own.getValueAsDouble();
  WriteOp earlier;
  for (auto write : old->getParentOfType<func::FuncOp>().getOps<WriteOp>())
    if (write.getParameterAttr() == old.getParameterAttr())
      earlier = write;
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(earlier ? earlier.getOperation()
                                     : old->getBlock()->getTerminator());
  Location loc = NameLoc::get(rewriter.getStringAttr("statistic"),
                              getParameter(old).getLoc());
  auto stored = cast<RankedTensorType>(old.getType());
  Type element = getElementTypeOrSelf(batch.getType());
  RankedTensorType type = lowp::withElement(stored, element);
  nn::TensorExpr e(rewriter, loc, element);
  if (batch.getType() != type)
    batch = nn::ReshapeOp::create(rewriter, loc, type, batch);
  Value running = earlier ? earlier.getValue() : old.getResult();
  if (stored != type)
    running = nn::CastOp::create(rewriter, loc, type, running);
  Value fresh = e.add(e.mul(running, e.constant(kept)),
                      e.mul(batch, e.constant((1 - kept) * correction)));
  if (stored != type)
    fresh = nn::CastOp::create(rewriter, loc, stored, fresh);
  if (earlier)
    rewriter.modifyOpInPlace(earlier,
                             [&] { earlier.getValueMutable().assign(fresh); });
  else
    WriteOp::create(rewriter, loc, fresh, old.getParameterAttr());
}

LogicalResult TrainNorm::matchAndRewrite(nn::MulOp op,
                                         PatternRewriter &rewriter) const {
  BatchNormParts parts;
  for (auto [centred, factor] : {std::pair(op.getLhs(), op.getRhs()),
                                 std::pair(op.getRhs(), op.getLhs())}) {
    auto sub = centred.getDefiningOp<nn::SubOp>();
    ReadOp mean = sub ? getStatistic(sub.getRhs()) : nullptr;
    if (!mean || !matchFactor(factor, parts))
      continue;
    parts.mean = mean;
    parts.meanValue = sub.getRhs();
    parts.input = sub.getLhs();
  }
  if (!parts.mean)
    return rewriter.notifyMatchFailure(op, "not a batch norm over running "
                                           "statistics");
  auto type = cast<RankedTensorType>(parts.input.getType());
  auto statistic = cast<RankedTensorType>(parts.meanValue.getType());
  if (type != op.getType() || statistic.getRank() > type.getRank())
    return rewriter.notifyMatchFailure(op,
                                       "the statistics broadcast the input");

  // The batch norm normalizes over all axes but the channels.
  int64_t lead = type.getRank() - statistic.getRank(), count = 1;
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (axis >= lead && statistic.getDimSize(axis - lead) != 1)
      continue;
    axes.push_back(axis);
    count *= type.getDimSize(axis);
  }
  if (count <= 1)
    return rewriter.notifyMatchFailure(op, "one value has no variance");

  Location loc = op.getLoc();
  auto normalized =
      nn::NormalizeOp::create(rewriter, loc, parts.input, axes, parts.epsilon);
  // The running variance is unbiased, as in PyTorch.
  double correction =
      static_cast<double>(count) / static_cast<double>(count - 1);
  if (updateStatistics) {
    updateStatistic(rewriter, parts.mean, normalized.getMean(), 1.0);
    updateStatistic(rewriter, parts.variance, normalized.getVariance(),
                    correction);
  }
  Value scale = parts.scale;
  if (!scale) {
    rewriter.replaceOp(op, normalized.getResult());
    return success();
  }
  for (Operation *step : llvm::reverse(parts.scaleChain)) {
    IRMapping mapping;
    mapping.map(step->getOperand(0), scale);
    scale = rewriter.clone(*step, mapping)->getResult(0);
  }
  rewriter.replaceOpWithNewOp<nn::MulOp>(op, normalized.getResult(), scale);
  return success();
}

LogicalResult trainBatchNorm(func::FuncOp function, double momentum,
                             bool updateStatistics) {
  RewritePatternSet patterns(function.getContext());
  patterns.add<TrainNorm>(function.getContext(), momentum, updateStatistics);
  walkAndApplyPatterns(function, std::move(patterns));
  // The ops that centred and scaled by running statistics are dead now.
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (!op.hasTrait<OpTrait::IsTerminator>() && isOpTriviallyDead(&op))
      op.erase();

  llvm::DenseSet<StringAttr> updated;
  for (auto write : function.getOps<WriteOp>())
    updated.insert(write.getParameterAttr().getAttr());
  SmallVector<ReadOp> left;
  for (auto read : function.getOps<ReadOp>())
    if (ParameterOp parameter = getParameter(read);
        parameter && parameter.getRole() == ParameterRole::statistic &&
        !read.use_empty() &&
        // An updated statistic has one use, the update itself.
        !(updated.contains(read.getParameterAttr().getAttr()) &&
          read->hasOneUse()))
      left.push_back(read);
  if (left.empty())
    return success();
  InFlightDiagnostic diag =
      mlir::emitError(left.front().getLoc())
      << "running statistic '" << getParameter(left.front()).getFileName()
      << "' is read otherwise than by a batch norm over several values a "
         "channel; train with --batch-norm=frozen or a larger --batch";
  for (ReadOp read : llvm::drop_begin(left))
    diag.attachNote(read.getLoc())
        << "so is '" << getParameter(read).getFileName() << "'";
  return diag;
}

namespace {
struct BatchNorm : impl::TrainBatchNormBase<BatchNorm> {
  using TrainBatchNormBase::TrainBatchNormBase;

  void runOnOperation() override {
    if (!(momentum >= 0 && momentum < 1)) {
      getOperation().emitError("train-batch-norm: momentum must be in [0, 1)");
      return signalPassFailure();
    }
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.getOps<GradientOp>().empty() &&
          failed(trainBatchNorm(function, momentum)))
        signalPassFailure();
  }
};
} // namespace
} // namespace coppice::train
