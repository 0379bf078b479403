//===- StoreGradients.cpp - Gradients in narrower formats -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Interfaces/InputUseInterface.h"
#include "dialects/Train/Transforms/Passes.h"
#include "dialects/Train/Transforms/StepBuilder.h"
#include "lib/Support/Remarks.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINSTOREGRADIENTS
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
/// A gradient in its stored form: in a narrower float, or as codes and scales.
struct Stored {
  Value value, scales;
};

/// The state that the patterns share.
struct Storage {
  lowp::RoundingMode rounding;
  /// The seed of stochastic rounding, and the next free stream of numbers.
  Value seed;
  int64_t stream = 0;
  /// The stored form of each f32 tensor that readers load.
  llvm::DenseMap<Value, Stored> loaded;

  Value load(OpBuilder &builder, Location loc, Stored stored, Type type) {
    Value wide =
        stored.scales
            ? lowp::DecodeOp::create(builder, loc, type, stored.value,
                                     stored.scales)
                  .getResult()
            : nn::CastOp::create(builder, loc, type, stored.value).getResult();
    loaded[wide] = stored;
    return wide;
  }
};

plan::PlanningOpInterface getPlanning(Operation *op) {
  return dyn_cast_or_null<plan::PlanningOpInterface>(op);
}

/// Whether the gradient is still in a register of its producer's kernel when
/// its only consumer reads it.
bool staysInRegisters(SavedOp saved) {
  Value gradient = saved.getValue();
  plan::PlanningOpInterface maker = getPlanning(gradient.getDefiningOp());
  if (!maker || !gradient.hasOneUse() || !saved->hasOneUse() ||
      !(maker.joinsConsumer() || maker.absorbsConsumer()))
    return false;
  Operation *user = *saved->user_begin();
  plan::PlanningOpInterface reader = getPlanning(user);
  return reader && reader.joinsProducer() &&
         cast<RankedTensorType>(user->getResult(0).getType()).getShape() ==
             cast<RankedTensorType>(gradient.getType()).getShape();
}

/// Narrows a gradient that a kernel stores. Any other gradient passes as it is.
struct StoreSaved : OpRewritePattern<SavedOp> {
  StoreSaved(MLIRContext *context, Storage &storage)
      : OpRewritePattern(context), storage(storage) {}

  LogicalResult matchAndRewrite(SavedOp saved,
                                PatternRewriter &rewriter) const override {
    auto policy = dyn_cast<NarrowAttr>(saved.getPolicy());
    if (!policy)
      return rewriter.notifyMatchFailure(saved, "not held in another format");
    Value gradient = saved.getValue();
    auto pass = [&](const char *why) {
      if (!saved.use_empty())
        decisionRemark(saved, RemarkCategory::Format, "gradient-format")
            << remark::reason("stays f32: {0}", why);
      rewriter.replaceOp(saved, gradient);
      return success();
    };
    if (storage.loaded.contains(gradient)) {
      rewriter.replaceOp(saved, gradient);
      return success();
    }
    if (saved.use_empty())
      return pass("nothing reads it");
    if (staysInRegisters(saved))
      return pass("its only reader takes it from registers");
    // With few rows the scales need more bytes than the codes save.
    RankedTensorType type = cast<RankedTensorType>(saved.getType());
    bool hasScales = policy.getElement().isInteger();
    if (hasScales && 3 * type.getNumElements() <= 4 * type.getShape().back())
      return pass("its scales would need the bytes that its codes save");
    rewriter.setInsertionPointAfterValue(gradient);
    Location loc = gradient.getLoc();
    Stored narrow = store(rewriter, loc, policy.getElement(), gradient);
    decisionRemark(saved, RemarkCategory::Format, "gradient-format")
        << remark::reason("stored as {0}", policy.getElement());
    rewriter.replaceOp(saved, storage.load(rewriter, loc, narrow, type));
    return success();
  }

private:
  Stored store(OpBuilder &builder, Location loc, Type element,
               Value gradient) const {
    auto type = cast<RankedTensorType>(gradient.getType());
    if (element.isInteger()) {
      auto codes = lowp::EncodeOp::create(
          builder, loc, lowp::withElement(type, element),
          RankedTensorType::get({type.getShape().back()}, builder.getF32Type()),
          storage.rounding, gradient, storage.seed,
          storage.seed ? storage.stream++ : 0);
      return {codes.getCodes(), codes.getScales()};
    }
    if (element.isF16()) {
      // Values that overflow saturate.
      llvm::APFloat most = llvm::APFloat::getLargest(llvm::APFloat::IEEEhalf());
      double bound = most.convertToDouble();
      gradient = nn::ClipOp::create(
          builder, loc, gradient, llvm::APFloat(-bound), llvm::APFloat(bound));
    }
    return {nn::CastOp::create(builder, loc, lowp::withElement(type, element),
                               gradient),
            Value()};
  }

  Storage &storage;
};

/// An op that moves or drops elements of a stored gradient does so in the
/// stored form.
struct MoveStored : RewritePattern {
  MoveStored(MLIRContext *context, Storage &storage)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context),
        storage(storage) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    OpOperand *moved = nn::getMoved(op);
    if (!moved && !isa<lowp::SelectByMaskOp>(op))
      return rewriter.notifyMatchFailure(op, "computes other numbers");
    auto found = storage.loaded.find(op->getOperand(0));
    if (found == storage.loaded.end())
      return rewriter.notifyMatchFailure(op, "moves no stored gradient");
    Stored narrow = found->second;
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    auto from = cast<RankedTensorType>(op->getOperand(0).getType());
    if (type.getElementType() != from.getElementType())
      return rewriter.notifyMatchFailure(op, "converts the gradient");
    int64_t last = type.getRank() - 1;
    if (narrow.scales &&
        (last < 0 ||
         (moved && nn::getForwardedAxis(*moved, last) != from.getRank() - 1)))
      return rewriter.notifyMatchFailure(
          op, "moves the last axis, to which the scales belong");
    Operation *copy = rewriter.clone(*op);
    copy->setOperand(0, narrow.value);
    copy->getResult(0).setType(
        lowp::withElement(type, getElementTypeOrSelf(narrow.value.getType())));
    narrow.value = copy->getResult(0);
    rewriter.replaceOp(op, storage.load(rewriter, op->getLoc(), narrow, type));
    return success();
  }

private:
  Storage &storage;
};

struct StoreGradients : impl::TrainStoreGradientsBase<StoreGradients> {
  using TrainStoreGradientsBase::TrainStoreGradientsBase;

  void runOnOperation() override {
    bool isStored = false, hasCodes = false;
    getOperation().walk([&](SavedOp saved) {
      if (auto policy = dyn_cast<NarrowAttr>(saved.getPolicy())) {
        isStored = true;
        hasCodes |= policy.getElement().isInteger();
      }
    });
    if (!isStored)
      return;
    Storage storage;
    storage.rounding =
        nearest ? lowp::RoundingMode::nearest : lowp::RoundingMode::stochastic;
    if (hasCodes && !nearest && failed(findSeed(storage)))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    patterns.add<StoreSaved, MoveStored>(&getContext(), storage);
    // Forward order: the stored form of a gradient is known before the ops that
    // move it are visited.
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }

  /// Finds the seed of stochastic rounding, the count of calls, and streams
  /// that no other op draws from. A step without a count of calls updates at
  /// each call, so its count of updates is the seed.
  LogicalResult findSeed(Storage &storage) {
    func::FuncOp function = getOperation();
    FlatSymbolRefAttr counter;
    bool countsCalls = false;
    function.walk([&](Operation *op) {
      if (auto read = dyn_cast<ReadOp>(op)) {
        ParameterOp parameter = getParameter(read);
        ParameterRole role =
            parameter ? parameter.getRole() : ParameterRole::weight;
        if (role == ParameterRole::calls ||
            (role == ParameterRole::counter && !countsCalls))
          counter = read.getParameterAttr();
        countsCalls |= role == ParameterRole::calls;
      } else if (auto random = dyn_cast<lowp::RandomOpInterface>(op)) {
        storage.stream =
            std::max(storage.stream, int64_t(random.getStream()) + 1);
      }
    });
    if (!counter)
      return function.emitOpError(
          "rounds gradients stochastically and reads no "
          "counter of steps");
    OpBuilder builder(function.getBody());
    storage.seed = ReadOp::create(
        builder, function.getLoc(),
        RankedTensorType::get({}, builder.getI64Type()), counter);
    return success();
  }
};
} // namespace
} // namespace coppice::train
