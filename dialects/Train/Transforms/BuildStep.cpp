//===- BuildStep.cpp - Makes a training step --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/UpdateType.h"
#include "dialects/Train/Transforms/ApplyScheme.h"
#include "dialects/Train/Transforms/Approximations.h"
#include "dialects/Train/Transforms/BatchNorm.h"
#include "dialects/Train/Transforms/ExpandGradient.h"
#include "dialects/Train/Transforms/LatentWeights.h"
#include "dialects/Train/Transforms/Passes.h"
#include "dialects/Train/Transforms/StepBuilder.h"
#include "lib/Support/Note.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINBUILDSTEP
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
struct BuildStep : impl::TrainBuildStepBase<BuildStep> {
  using TrainBuildStepBase::TrainBuildStepBase;

  void runOnOperation() override;

private:
  LogicalResult checkOptions();
  /// Makes the update rule; `decay` says whether weight decay applies.
  OptimizerAttrInterface makeOptimizer(bool decay);
  /// Reads the counter `@symbol`, which is made if the module has none, and
  /// returns its value before this call.
  FailureOr<Value> readCounter(OpBuilder &builder, Location loc,
                               StringRef symbol,
                               ParameterRole role = ParameterRole::counter);
  /// Adds 1 to the counters of calls and updates.
  LogicalResult countStep(OpBuilder &builder, Location loc);
  /// Seeds the dropouts with a counter of their own.
  LogicalResult seedDropouts(OpBuilder &builder, func::FuncOp function,
                             Location loc);
  LogicalResult updateWeight(OpBuilder &builder, ReadOp weight, Value gradient);

  OptimizerAttrInterface rule, ruleOfScales;
  /// Values of the step: `updates` is the number of this update, as the
  /// optimizer counts; `applies` says whether this call updates (null: always).
  Value updates, applies;
  Value learningRate;
  /// The number of streams of random numbers that are taken. Dropouts take the
  /// first ones.
  int64_t streams = 0;
};
} // namespace

/// Returns the element type of stored gradients; null if they stay in f32.
static Type getStoredElement(MLIRContext *context, GradientFormat format) {
  switch (format) {
  case GradientFormat::F32:
    return nullptr;
  case GradientFormat::BF16:
    return BFloat16Type::get(context);
  case GradientFormat::F16:
    return Float16Type::get(context);
  case GradientFormat::Int8:
    return IntegerType::get(context, 8);
  }
  return nullptr;
}

LogicalResult BuildStep::checkOptions() {
  auto reject = [&](StringRef option, double value, StringRef need) {
    return getOperation().emitError("train-build-step: ")
           << option << "=" << value << " " << need;
  };
  if (accumulate < 1)
    return reject("accumulate", accumulate, "must be at least 1");
  // The comparisons are negated, so that NaN is refused too.
  if (!(momentum >= 0 && momentum < 1))
    return reject("momentum", momentum, "must be in [0, 1)");
  if (nesterov && momentum == 0)
    return getOperation().emitError(
        "train-build-step: nesterov needs a momentum; add momentum=0.9");
  if (!(weightDecay >= 0 && std::isfinite(weightDecay)))
    return reject("weight-decay", weightDecay,
                  "must be finite and not negative");
  if (!(beta1 >= 0 && beta1 < 1))
    return reject("beta1", beta1, "must be in [0, 1)");
  if (!(beta2 >= 0 && beta2 < 1))
    return reject("beta2", beta2, "must be in [0, 1)");
  if (!(epsilon > 0 && std::isfinite(epsilon)))
    return reject("epsilon", epsilon, "must be finite and positive");
  int exponent;
  if (!(lossScale > 0 && std::isfinite(lossScale)) ||
      std::frexp(lossScale, &exponent) != 0.5 || std::abs(exponent) > 64)
    return reject("loss-scale", lossScale,
                  "must be a power of two from 2^-64 to 2^63");
  return success();
}

OptimizerAttrInterface BuildStep::makeOptimizer(bool decay) {
  auto real = [](double value) { return llvm::APFloat(value); };
  llvm::APFloat decayed = real(decay ? double(weightDecay) : 0.0);
  if (optimizer == OptimizerKind::SGD)
    return SGDAttr::get(&getContext(), real(momentum), decayed, nesterov);
  return AdamAttr::get(&getContext(), real(beta1), real(beta2), real(epsilon),
                       decayed, optimizer == OptimizerKind::AdamW);
}

FailureOr<Value> BuildStep::readCounter(OpBuilder &builder, Location loc,
                                        StringRef symbol, ParameterRole role) {
  auto type = RankedTensorType::get({}, builder.getI64Type());
  FailureOr<ParameterOp> counter =
      getOrCreateZeroParameter(getOperation(), loc, symbol, type, role);
  if (failed(counter))
    return failure();
  return ReadOp::create(builder, loc, type,
                        FlatSymbolRefAttr::get(counter->getSymNameAttr()))
      .getResult();
}

LogicalResult BuildStep::countStep(OpBuilder &builder, Location loc) {
  FailureOr<Value> done = readCounter(builder, loc, kStepCounter);
  if (failed(done))
    return failure();
  nn::TensorExpr e(builder, loc, builder.getI64Type());
  auto write = [&](Value value, StringRef symbol) {
    WriteOp::create(builder, loc, value,
                    FlatSymbolRefAttr::get(&getContext(), symbol));
  };
  updates = e.add(*done, e.constant(1));
  if (accumulate == 1) {
    write(updates, kStepCounter);
    return success();
  }
  // Other steps may update in between: this one counts its own calls. The last
  // of every N updates.
  std::string callCounter = (name + kCallsSuffix).str();
  FailureOr<Value> before =
      readCounter(builder, loc, callCounter, ParameterRole::calls);
  if (failed(before))
    return failure();
  Value n = e.constant(static_cast<double>(accumulate));
  Value calls = e.add(*before, e.constant(1));
  write(calls, callCounter);
  applies = e.eq(calls, e.mul(e.div(calls, n), n));
  write(e.select(applies, updates, *done), kStepCounter);
  return success();
}

LogicalResult BuildStep::seedDropouts(OpBuilder &builder, func::FuncOp function,
                                      Location loc) {
  auto dropouts = llvm::to_vector(function.getOps<nn::DropoutOp>());
  streams = static_cast<int64_t>(dropouts.size());
  if (dropouts.empty())
    return success();
  FailureOr<Value> seed =
      readCounter(builder, loc, kRandomCounter, ParameterRole::random);
  if (failed(seed))
    return failure();
  nn::TensorExpr e(builder, loc, builder.getI64Type());
  WriteOp::create(builder, loc, e.add(*seed, e.constant(1)),
                  FlatSymbolRefAttr::get(&getContext(), kRandomCounter));
  seed->getDefiningOp()->moveBefore(&function.getBody().front().front());
  for (auto [i, dropout] : llvm::enumerate(dropouts)) {
    dropout.getSeedMutable().assign(*seed);
    dropout.setStream(i);
  }
  return success();
}

LogicalResult BuildStep::updateWeight(OpBuilder &builder, ReadOp weight,
                                      Value gradient) {
  // The type of the arithmetic: that of a quantized weight's real values, f32
  // at least.
  RankedTensorType type =
      getUpdateType(cast<RankedTensorType>(gradient.getType()));
  quant::QuantizedType quantized = lowp::getQuantizedType(weight.getType());
  Location loc = inPart(StepPart::update, getParameter(weight).getLoc());
  nn::TensorExpr e(builder, loc, type.getElementType());
  if (gradient.getType() != type)
    gradient = nn::CastOp::create(builder, loc, type, gradient);

  struct Slot {
    FlatSymbolRefAttr symbol;
    Value old;
  };
  auto readSlot = [&](StringRef suffix,
                      RankedTensorType slotType) -> FailureOr<Slot> {
    FailureOr<ParameterOp> slot = getOrCreateZeroParameter(
        getOperation(), loc, (weight.getParameter() + "." + suffix).str(),
        slotType, ParameterRole::slot);
    if (failed(slot))
      return failure();
    auto symbol = FlatSymbolRefAttr::get(slot->getSymNameAttr());
    return Slot{symbol, ReadOp::create(builder, loc, slotType, symbol)};
  };
  /// Selects the old value on calls that do not update.
  auto unlessWaiting = [&](Value fresh, Value old) -> Value {
    if (!applies)
      return fresh;
    Type stored = lowp::getStorageTensor(fresh.getType());
    if (stored == fresh.getType())
      return e.select(applies, fresh, old);
    auto toStorage = [&](Value value) {
      return quant::StorageCastOp::create(builder, loc, stored, value);
    };
    return quant::StorageCastOp::create(
        builder, loc, fresh.getType(),
        e.select(applies, toStorage(fresh), toStorage(old)));
  };

  if (applies) {
    FailureOr<Slot> accumulator = readSlot(name + ".accumulator", type);
    if (failed(accumulator))
      return failure();
    Value sum = e.add(accumulator->old, gradient);
    WriteOp::create(builder, loc, e.select(applies, e.constant(0), sum),
                    accumulator->symbol);
    gradient = e.mul(sum, e.constant(1.0 / static_cast<double>(accumulate)));
  }

  SmallVector<std::pair<StringRef, RankedTensorType>> kept;
  for (StringRef slotName : rule.getSlotNames())
    kept.emplace_back(slotName, type);
  if (quantized && rounding == UpdateRounding::error_feedback)
    kept.emplace_back("rest", lowp::withElement(type, builder.getI8Type()));
  SmallVector<Slot> slots;
  SmallVector<Value> oldSlots;
  for (auto [slotName, slotType] : kept) {
    FailureOr<Slot> slot = readSlot(slotName, slotType);
    if (failed(slot))
      return failure();
    slots.push_back(*slot);
    oldSlots.push_back(slot->old);
  }
  Value rate = learningRate;
  auto rateType = RankedTensorType::get({}, type.getElementType());
  if (rate.getType() != rateType)
    rate = nn::CastOp::create(builder, loc, rateType, rate);
  quant::QuantizedType latent = getLatentType(getParameter(weight));
  bool relative = getParameter(weight)->hasAttr(kRelativeUpdateAttr);
  auto op = UpdateOp::create(
      builder, loc, weight.getType(), TypeRange(ValueRange(oldSlots)),
      relative ? ruleOfScales : rule,
      quantized ? UpdateRoundingAttr::get(&getContext(), rounding)
                : UpdateRoundingAttr(),
      weight, gradient, rate, updates, oldSlots,
      /*qas=*/(quantized || latent) && qas, relative,
      /*stream=*/quantized ? streams++ : 0,
      latent ? TypeAttr::get(latent) : TypeAttr(),
      /*largest_scale=*/FloatAttr());
  WriteOp::create(builder, loc, unlessWaiting(op.getNewParameter(), weight),
                  weight.getParameterAttr());
  for (auto [slot, fresh] : llvm::zip_equal(slots, op.getNewSlots()))
    WriteOp::create(builder, loc, unlessWaiting(fresh, slot.old), slot.symbol);
  return success();
}

void BuildStep::runOnOperation() {
  if (failed(checkOptions()))
    return signalPassFailure();
  if (weights == WeightFormat::Latent &&
      failed(addLatentWeights(getOperation(), from)))
    return signalPassFailure();
  FailureOr<LossFunction> built =
      buildLossFunction(getOperation(), from, name, loss, output);
  if (failed(built))
    return signalPassFailure();
  if (update == "full")
    for (ParameterOp parameter : built->flat)
      parameter.emitWarning()
          << "is not trained: the loss depends on it through integers alone, "
             "which have no slope";
  for (ReadOp weight : built->weights)
    if (auto nodes =
            getParameter(weight)->getAttrOfType<ArrayAttr>(kTiedNodesAttr)) {
      InFlightDiagnostic note = emitNote(getParameter(weight).getLoc())
                                << "is one parameter of several nodes, and "
                                   "trained for all of them: ";
      llvm::interleaveComma(
          nodes.getAsRange<StringAttr>(), note,
          [&](StringAttr node) { note << "'" << node.getValue() << "'"; });
    }
  if (update == "full")
    for (ParameterOp parameter : built->partlyFlat)
      parameter.emitWarning()
          << "is trained by a part of its uses: the loss depends on it through "
             "integers too, which have no slope";
  rule = makeOptimizer(/*decay=*/true);
  // Weight decay does not apply to scales: a smaller scale does not make the
  // model simpler.
  ruleOfScales = makeOptimizer(/*decay=*/false);
  updates = applies = Value();

  func::FuncOp function = built->function;
  OpBuilder builder(built->terminator);
  if (Type element = getStoredElement(&getContext(), gradients))
    function->setAttr(kGradientFormatAttr,
                      NarrowAttr::get(&getContext(), element));
  if (failed(train::setApproximations(function, approximate)))
    return signalPassFailure();
  if (lossScale != 1)
    function->setAttr(train::kLossScaleAttr,
                      builder.getF64FloatAttr(lossScale));
  unsigned index = function.getNumArguments();
  Location loc = NameLoc::get(builder.getStringAttr("step"), function.getLoc());
  (void)function.insertArgument(
      index, RankedTensorType::get({}, builder.getF32Type()),
      RoleAttr::get(&getContext(), EntryRole::hyper, "learning_rate")
          .asDictionary(),
      NameLoc::get(builder.getStringAttr("learning_rate"), function.getLoc()));
  learningRate = function.getArgument(index);
  if (failed(countStep(builder, loc)))
    return signalPassFailure();
  if (failed(seedDropouts(builder, function, loc)))
    return signalPassFailure();
  for (auto [weight, gradient] :
       llvm::zip_equal(built->weights, built->gradient.getGradients()))
    if (failed(updateWeight(builder, weight, gradient)))
      return signalPassFailure();
  if (batchNorm == BatchNormMode::Train &&
      failed(trainBatchNorm(function, kDefaultRunningMomentum)))
    return signalPassFailure();
  if ((update != "full" || !freeze.empty() || !approximate.empty()) &&
      failed(applyScheme(function, update, freeze)))
    return signalPassFailure();
}
} // namespace coppice::train
