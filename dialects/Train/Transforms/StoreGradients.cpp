//===- StoreGradients.cpp - Gradients in narrower formats -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Transforms/ExpandGradient.h"
#include "dialects/Train/Transforms/Passes.h"
#include "dialects/Train/Transforms/StepBuilder.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINSTOREGRADIENTS
#include "dialects/Train/Transforms/Passes.h.inc"

static constexpr std::pair<GradientFormat, StringLiteral> kFormats[] = {
    {GradientFormat::F32, "f32"},
    {GradientFormat::BF16, "bf16"},
    {GradientFormat::F16, "f16"},
    {GradientFormat::Int8, "int8"}};

StringRef stringifyGradientFormat(GradientFormat format) {
  for (auto [known, name] : kFormats)
    if (known == format)
      return name;
  return {};
}

std::optional<GradientFormat> symbolizeGradientFormat(StringRef name) {
  for (auto [format, known] : kFormats)
    if (known == name)
      return format;
  return std::nullopt;
}

namespace {
struct StoreGradients : impl::TrainStoreGradientsBase<StoreGradients> {
  using TrainStoreGradientsBase::TrainStoreGradientsBase;

  void runOnOperation() override;

private:
  /// A gradient as it is stored: in a narrower float, or as codes and scales.
  struct Stored {
    Value value, scales;
  };

  FailureOr<GradientFormat> readFormat();
  LogicalResult findSeed();
  void store(Value gradient);
  /// An op that moves what is stored, or drops some of it, does so with the
  /// stored form. Returns whether it was one.
  bool move(Operation *op);
  Value load(OpBuilder &builder, Location loc, Stored stored, Type type);

  GradientFormat format;
  lowp::RoundingMode rounding;
  Value seed;
  int64_t stream = 0;
  /// By the f32 tensor that readers load.
  llvm::DenseMap<Value, Stored> stored;
};

plan::PlanningOpInterface getPlanning(Operation *op) {
  return dyn_cast_or_null<plan::PlanningOpInterface>(op);
}

/// What ends in the state, or is returned, keeps its bits.
bool isUpdate(Operation *op) {
  auto loc = dyn_cast<FusedLoc>(op->getLoc());
  return isa<UpdateOp, WriteOp, func::ReturnOp>(op) ||
         (loc && getPart(loc) == StepPart::update);
}

/// Whether the kernel that makes `gradient` has it in registers when its only
/// reader comes.
bool staysInRegisters(Value gradient) {
  plan::PlanningOpInterface maker = getPlanning(gradient.getDefiningOp());
  if (!maker || !gradient.hasOneUse() ||
      !(maker.joinsConsumer() || maker.absorbsConsumer()))
    return false;
  Operation *user = *gradient.user_begin();
  plan::PlanningOpInterface reader = getPlanning(user);
  return reader && reader.joinsProducer() &&
         cast<RankedTensorType>(user->getResult(0).getType()).getShape() ==
             cast<RankedTensorType>(gradient.getType()).getShape();
}
} // namespace

FailureOr<GradientFormat> StoreGradients::readFormat() {
  auto name =
      getOperation()->getAttrOfType<StringAttr>(train::kGradientFormatAttr);
  std::optional<GradientFormat> known =
      name ? symbolizeGradientFormat(name) : std::nullopt;
  if (known)
    return *known;
  return getOperation().emitOpError("stores gradients in a format that is none "
                                    "of f32, bf16, f16 and int8");
}

/// Stochastic rounding draws by the count of calls, from streams of its own.
LogicalResult StoreGradients::findSeed() {
  func::FuncOp function = getOperation();
  std::string calls = (function.getName() + ".calls").str();
  FlatSymbolRefAttr counter;
  function.walk([&](Operation *op) {
    if (auto read = dyn_cast<ReadOp>(op)) {
      if (read.getParameter() == calls ||
          (read.getParameter() == kStepCounter && !counter))
        counter = read.getParameterAttr();
    } else if (auto stream = op->getAttrOfType<IntegerAttr>("stream")) {
      this->stream = std::max(this->stream, stream.getInt() + 1);
    }
  });
  if (!counter)
    return function.emitOpError("rounds gradients stochastically and reads no "
                                "counter of steps");
  OpBuilder builder(function.getBody());
  seed =
      ReadOp::create(builder, function.getLoc(),
                     RankedTensorType::get({}, builder.getI64Type()), counter);
  return success();
}

Value StoreGradients::load(OpBuilder &builder, Location loc, Stored narrow,
                           Type type) {
  Value wide =
      narrow.scales
          ? lowp::DecodeOp::create(builder, loc, type, narrow.value,
                                   narrow.scales)
                .getResult()
          : nn::CastOp::create(builder, loc, type, narrow.value).getResult();
  stored[wide] = narrow;
  return wide;
}

void StoreGradients::store(Value gradient) {
  Operation *maker = gradient.getDefiningOp();
  Location loc = maker->getLoc();
  OpBuilder builder(&getContext());
  builder.setInsertionPointAfter(maker);
  auto type = cast<RankedTensorType>(gradient.getType());
  auto cast = [&](Value value, Type element) {
    return nn::CastOp::create(builder, loc, lowp::withElement(type, element),
                              value)
        .getResult();
  };
  Stored narrow;
  Value input = gradient;
  switch (format) {
  case GradientFormat::F32:
    return;
  case GradientFormat::BF16:
    narrow.value = cast(gradient, builder.getBF16Type());
    break;
  case GradientFormat::F16: {
    // An overflow saturates.
    llvm::APFloat most = llvm::APFloat::getLargest(llvm::APFloat::IEEEhalf());
    double bound = most.convertToDouble();
    input = nn::ClipOp::create(builder, loc, gradient, llvm::APFloat(-bound),
                               llvm::APFloat(bound));
    narrow.value = cast(input, builder.getF16Type());
    break;
  }
  case GradientFormat::Int8: {
    auto codes = lowp::EncodeOp::create(
        builder, loc, lowp::withElement(type, builder.getI8Type()),
        RankedTensorType::get({type.getShape().back()}, builder.getF32Type()),
        rounding, gradient, seed, seed ? stream++ : 0);
    narrow = {codes.getCodes(), codes.getScales()};
    break;
  }
  }
  Value wide = load(builder, loc, narrow, type);
  Operation *first =
      input == gradient ? narrow.value.getDefiningOp() : input.getDefiningOp();
  gradient.replaceUsesWithIf(wide, [&](OpOperand &use) {
    return use.getOwner() != first && !isUpdate(use.getOwner());
  });
}

bool StoreGradients::move(Operation *op) {
  if (!isa<nn::ReshapeOp, nn::TransposeOp, lowp::SelectByMaskOp>(op))
    return false;
  auto found = stored.find(op->getOperand(0));
  if (found == stored.end())
    return false;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  // Scales belong to the last axis.
  auto transpose = dyn_cast<nn::TransposeOp>(op);
  auto from = cast<RankedTensorType>(op->getOperand(0).getType());
  if (format == GradientFormat::Int8 &&
      (type.getRank() == 0 ||
       type.getShape().back() != from.getShape().back() ||
       (transpose && transpose.getPermutation().back() != type.getRank() - 1)))
    return false;
  Stored narrow = found->second;
  OpBuilder builder(op);
  Operation *copy = builder.clone(*op);
  copy->setOperand(0, narrow.value);
  copy->getResult(0).setType(
      lowp::withElement(type, getElementTypeOrSelf(narrow.value.getType())));
  narrow.value = copy->getResult(0);
  op->getResult(0).replaceAllUsesWith(
      load(builder, op->getLoc(), narrow, type));
  op->erase();
  return true;
}

void StoreGradients::runOnOperation() {
  func::FuncOp function = getOperation();
  if (function.isDeclaration() ||
      !function->hasAttr(train::kGradientFormatAttr))
    return;
  FailureOr<GradientFormat> wanted = readFormat();
  if (failed(wanted))
    return signalPassFailure();
  format = *wanted;
  stored.clear();
  seed = Value();
  stream = 0;
  rounding =
      nearest ? lowp::RoundingMode::nearest : lowp::RoundingMode::stochastic;
  if (format == GradientFormat::Int8 && !nearest && failed(findSeed()))
    return signalPassFailure();

  for (Operation &op : llvm::make_early_inc_range(function.front())) {
    bool isGradient = op.hasAttr(train::kActivationGradientAttr);
    op.removeAttr(train::kActivationGradientAttr);
    if (move(&op) || !isGradient)
      continue;
    Value gradient = op.getResult(0);
    auto type = cast<RankedTensorType>(gradient.getType());
    if (!type.getElementType().isF32() || type.getRank() == 0 ||
        gradient.use_empty() || stored.contains(gradient) ||
        staysInRegisters(gradient))
      continue;
    // Codes of a few rows need more bytes for scales than they save.
    bool savesBytes = format != GradientFormat::Int8 ||
                      3 * type.getNumElements() > 4 * type.getShape().back();
    if (savesBytes)
      store(gradient);
  }
  function->removeAttr(train::kGradientFormatAttr);
  function->removeAttr(train::kLossScaleAttr);
}
} // namespace coppice::train
