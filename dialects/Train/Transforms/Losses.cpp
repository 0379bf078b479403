//===- Losses.cpp - Losses as compositions of nn ops ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/Losses.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/LowP/IR/LowP.h"
#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Interfaces/InputUseInterface.h"
#include "dialects/Train/Analysis/Layers.h"

#include <limits>

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

static const Loss *findLoss(LossKind kind) {
  return llvm::find_if(kLosses,
                       [&](const Loss &loss) { return loss.kind == kind; });
}

StringRef coppice::train::stringifyLoss(LossKind kind) {
  return findLoss(kind)->name;
}

bool coppice::train::takesProbabilities(LossKind kind) {
  return findLoss(kind)->takesProbabilities;
}

bool coppice::train::takesClassLabels(LossKind kind) {
  return kind == LossKind::SoftmaxCrossEntropy ||
         kind == LossKind::NegativeLogLikelihood;
}

std::optional<ScoreRange> coppice::train::getScoreRange(LossKind kind) {
  if (kind == LossKind::NegativeLogLikelihood)
    return ScoreRange{-std::numeric_limits<double>::infinity(), 0,
                      "logarithms of probabilities, which are at most 0",
                      LossKind::SoftmaxCrossEntropy};
  if (kind == LossKind::BinaryCrossEntropy)
    return ScoreRange{0, 1, "probabilities, which are from 0 to 1",
                      LossKind::BinaryCrossEntropyLogits};
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Final activations
//===----------------------------------------------------------------------===//

/// Whether a transpose leaves the elements in their order.
static bool movesUnitAxesOnly(nn::TransposeOp op) {
  int64_t last = -1;
  for (int64_t axis : op.getPermutation()) {
    if (op.getInput().getType().getDimSize(axis) == 1)
      continue;
    if (axis < last)
      return false;
    last = axis;
  }
  return true;
}

/// Returns `value` without the reshapes and order-preserving transposes around
/// it.
static Value skipReshapes(Value value) {
  while (true) {
    if (auto op = value.getDefiningOp<nn::ReshapeOp>())
      value = op.getInput();
    else if (auto op = value.getDefiningOp<nn::TransposeOp>();
             op && movesUnitAxesOnly(op))
      value = op.getInput();
    else
      return value;
  }
}

/// Whether `axis` runs over all elements of a sample: the axes before it
/// enumerate the samples, and those after it have extent 1.
static bool isClassAxis(RankedTensorType type, int64_t axis,
                        RankedTensorType output) {
  int64_t before = 1, after = 1;
  for (int64_t i = 0; i < type.getRank(); ++i)
    (i < axis ? before : after) *= i == axis ? 1 : type.getDimSize(i);
  return output.getRank() > 0 && before == output.getDimSize(0) && after == 1;
}

namespace {
/// The range [from, to] of an activation's results.
struct Interval {
  double from, to;
};
} // namespace

template <typename OpTy>
static constexpr Interval kRangeOf = {0, 1}; // softmax, sigmoid
template <>
constexpr Interval kRangeOf<nn::LogSoftmaxOp> = {
    -std::numeric_limits<double>::infinity(), 0};

/// Whether numbers of `range` keep their values in [low, high]. Codes that are
/// `step` apart may lose one step at an end: a format whose last code is 255 /
/// 256 holds probabilities.
static bool holds(Interval range, double low, double high, double step) {
  return low - step <= range.from && high + step >= range.to;
}

/// Whether numbers of `range` keep their values in codes of `type`.
static bool holds(Interval range, quant::QuantizedType type) {
  int64_t low = type.getStorageTypeMin(), high = type.getStorageTypeMax();
  auto uniform = dyn_cast<quant::UniformQuantizedType>(type);
  // Logarithms have no lower bound, so every format cuts some. A format is
  // accepted, because the logarithms that it cuts are of probabilities near 0.
  if (!uniform || std::isinf(range.from))
    return true;
  auto real = [&](int64_t code) {
    return double(code - uniform.getZeroPoint()) * uniform.getScale();
  };
  return holds(range, real(low), real(high), uniform.getScale());
}

/// Returns `value` without the reshapes and conversions that keep numbers of
/// `range` as they are. The probabilities of a quantized model are codes, fake
/// codes, or, without rounding, numbers clamped to the range of the codes. A
/// clip that cuts `range` is part of the model: the search stops there, or, if
/// `binds` is given, sets it and goes on.
static Value skipConversions(Value value, Interval range,
                             bool *binds = nullptr) {
  double step = 0;
  auto stopsAt = [&](bool holds) {
    if (!holds && binds)
      *binds = true;
    return !holds && !binds;
  };
  while (true) {
    value = skipReshapes(value);
    Operation *op = value.getDefiningOp();
    if (auto dequantize = dyn_cast_or_null<lowp::DequantizeOp>(op)) {
      if (stopsAt(holds(
              range, lowp::getQuantizedType(dequantize.getInput().getType()))))
        return value;
    } else if (auto quantize = dyn_cast_or_null<lowp::QuantizeOp>(op)) {
      // Codes of fewer bits than their integer may be the result of a clip.
      auto type = dyn_cast<quant::UniformQuantizedType>(
          lowp::getQuantizedType(quantize.getResult().getType()));
      step = type ? type.getScale() : 0;
    } else if (auto clip = dyn_cast_or_null<nn::ClipOp>(op)) {
      auto codes = clip->getAttrOfType<TypeAttr>(lowp::kClampedAttr);
      auto type = codes ? dyn_cast<quant::QuantizedType>(codes.getValue())
                        : quant::QuantizedType();
      if (stopsAt(type ? holds(range, type)
                       : holds(range, clip.getLow().convertToDouble(),
                               clip.getHigh().convertToDouble(), step)))
        return value;
    } else if (!isa_and_nonnull<lowp::FakeQuantizeOp>(op)) {
      return value;
    }
    value = op->getOperand(0);
  }
}

/// Returns `value`, dequantized if it is codes.
static Value getReal(Value value) {
  if (!lowp::isQuantizedTensor(value.getType()))
    return value;
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  return lowp::DequantizeOp::create(
      builder, value.getLoc(), lowp::getRealTensor(value.getType()), value);
}

/// Returns the op of type `OpTy` that ends the model and works along the
/// classes.
template <typename OpTy> static OpTy findFinalSoftmax(Value output) {
  Value value = skipConversions(output, kRangeOf<OpTy>);
  auto op = value.getDefiningOp<OpTy>();
  auto type = cast<RankedTensorType>(output.getType());
  return op && isClassAxis(op.getType(), op.getAxis(), type) ? op : OpTy();
}

bool coppice::train::endsInSoftmax(Value output) {
  return isa<RankedTensorType>(output.getType()) &&
         findFinalSoftmax<nn::SoftmaxOp>(output);
}

/// Returns the op that the elements of `value`, numbers of `range`, come from
/// in evaluation: conversions, ops that move elements, and ops that are the
/// identity in evaluation are looked through. Null if elements come from ops of
/// different kinds. If `binds` is given, clips that cut `range` are looked
/// through too, and `binds` says whether there is one.
static Operation *findSource(Value value, Interval range,
                             bool *binds = nullptr) {
  Operation *source = nullptr;
  SmallVector<Value> pending = {value};
  llvm::SmallPtrSet<Operation *, 8> seen;
  while (!pending.empty()) {
    Operation *op =
        skipConversions(pending.pop_back_val(), range, binds).getDefiningOp();
    if (!op)
      return nullptr;
    if (!seen.insert(op).second)
      continue;
    size_t before = pending.size();
    if (auto mover = dyn_cast<nn::InputUseOpInterface>(op))
      for (OpOperand &operand : op->getOpOperands())
        if (mover.keepsElements(operand))
          pending.push_back(operand.get());
    if (pending.size() > before)
      continue;
    if (source && source->getName() != op->getName())
      return nullptr;
    source = op;
  }
  return source;
}

/// Warns that the loss is not taken of the logits, if the reason is a clip, or
/// an op that moves or drops results of the activation.
template <typename OpTy> static void warnOfRest(Value output) {
  Operation *last = skipConversions(output, kRangeOf<OpTy>).getDefiningOp();
  if (last && !isa<OpTy>(last) &&
      isa_and_nonnull<OpTy>(findSource(output, kRangeOf<OpTy>))) {
    emitWarning(output.getLoc())
        << "the loss is of what the last activation gives, not of its logits: "
           "other ops follow it; leave them out when you export the model for "
           "training";
    return;
  }
  bool binds = false;
  Value value = skipConversions(output, kRangeOf<OpTy>, &binds);
  if (binds && isa_and_nonnull<OpTy>(value.getDefiningOp()))
    emitWarning(output.getLoc())
        << "the loss is of what the last activation gives, not of its logits: "
           "its codes, or a clip, do not reach from 0 to 1, and cut it; "
           "quantize the float model again with 'coppice quantize'";
}

Value coppice::train::skipFinalActivation(Value output, LossKind &kind) {
  // log_softmax(log_softmax(x)) = log_softmax(x), so the cross entropy is the
  // same without a final log_softmax.
  if (kind == LossKind::SoftmaxCrossEntropy) {
    if (auto op = findFinalSoftmax<nn::SoftmaxOp>(output))
      return getReal(op.getInput());
    if (auto op = findFinalSoftmax<nn::LogSoftmaxOp>(output))
      return getReal(op.getInput());
    warnOfRest<nn::SoftmaxOp>(output);
  }
  if (kind == LossKind::BinaryCrossEntropy) {
    if (auto op = skipConversions(output, kRangeOf<nn::SigmoidOp>)
                      .getDefiningOp<nn::SigmoidOp>()) {
      kind = LossKind::BinaryCrossEntropyLogits;
      return getReal(op.getInput());
    }
    warnOfRest<nn::SigmoidOp>(output);
  }
  return output;
}

/// Whether the model ends in a layer with weights, with or without a bias, so
/// that its results are scores. Moves and conversions are looked through.
static bool endsInScores(Value output) {
  Operation *last = findSource(output, kRangeOf<nn::LogSoftmaxOp>);
  if (!last)
    return false;
  SmallVector<Layer> layers = findLayers(*last->getBlock(), output);
  // Parts of the output may come from different layers.
  return llvm::any_of(layers, [&](const Layer &layer) {
    return layer.op == last ||
           (isa<nn::AddOp>(last) &&
            llvm::is_contained(last->getOperands(), layer.op->getResult(0)));
  });
}

std::optional<LossMismatch> coppice::train::findMismatch(LossKind kind,
                                                         Value output) {
  if (!isa<RankedTensorType>(output.getType()))
    return std::nullopt;
  auto mismatch = [&](StringRef layer, StringRef gives, StringRef takes,
                      LossKind other) -> LossMismatch {
    return {("the model ends in " + layer + ", whose results are " + gives +
             ", and the loss " + stringifyLoss(kind) + " takes " + takes)
                .str(),
            ("take --loss=" + stringifyLoss(other)).str()};
  };
  // A probability that a clip has cut is still a probability.
  bool binds = false;
  Operation *activation = findSource(output, kRangeOf<nn::SoftmaxOp>, &binds);
  bool isLog = isa_and_nonnull<nn::LogSoftmaxOp>(
      findSource(output, kRangeOf<nn::LogSoftmaxOp>, &binds));
  constexpr StringLiteral softmax = "a Softmax", sigmoid = "a Sigmoid",
                          logSoftmax = "a LogSoftmax",
                          layer = "a layer with weights",
                          logs = "logarithms of probabilities",
                          probabilities = "probabilities", scores = "scores";
  switch (kind) {
  case LossKind::NegativeLogLikelihood:
    if (isa_and_nonnull<nn::SoftmaxOp>(activation))
      return mismatch(softmax, probabilities, logs,
                      LossKind::SoftmaxCrossEntropy);
    if (isa_and_nonnull<nn::SigmoidOp>(activation))
      return mismatch(sigmoid, probabilities, logs,
                      LossKind::BinaryCrossEntropy);
    if (endsInScores(output))
      return mismatch(layer, scores, logs, LossKind::SoftmaxCrossEntropy);
    return std::nullopt;
  case LossKind::BinaryCrossEntropyLogits: {
    constexpr StringLiteral takes = "scores before a sigmoid";
    if (isa_and_nonnull<nn::SoftmaxOp>(activation))
      return mismatch(softmax, probabilities, takes,
                      LossKind::SoftmaxCrossEntropy);
    if (isa_and_nonnull<nn::SigmoidOp>(activation))
      return mismatch(sigmoid, probabilities, takes,
                      LossKind::BinaryCrossEntropy);
    if (isLog)
      return mismatch(logSoftmax, logs, takes, LossKind::NegativeLogLikelihood);
    return std::nullopt;
  }
  case LossKind::BinaryCrossEntropy:
    if (isLog)
      return mismatch(logSoftmax, logs, probabilities,
                      LossKind::NegativeLogLikelihood);
    if (endsInScores(output))
      return mismatch(layer, scores, probabilities,
                      LossKind::BinaryCrossEntropyLogits);
    return std::nullopt;
  case LossKind::SoftmaxCrossEntropy:
  case LossKind::MeanSquaredError:
    return std::nullopt;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Losses
//===----------------------------------------------------------------------===//

RankedTensorType coppice::train::labelType(LossKind kind,
                                           RankedTensorType output) {
  if (!takesClassLabels(kind))
    return output;
  int64_t samples = output.getRank() > 0 ? output.getDimSize(0) : 1;
  return RankedTensorType::get({samples},
                               IntegerType::get(output.getContext(), 64));
}

/// Returns `output` as a matrix of samples × classes.
static FailureOr<Value> asRows(OpBuilder &builder, Location loc, Value output) {
  auto type = cast<RankedTensorType>(output.getType());
  int64_t wide = 0;
  for (int64_t i = 1; i < type.getRank(); ++i)
    wide += type.getDimSize(i) != 1;
  if (type.getRank() < 2 || wide > 1) {
    emitError(loc, "a loss over class labels needs an output of one row of "
                   "scores per sample, but it is ")
        << type << "; take loss=mse or bce for other shapes";
    return failure();
  }
  if (type.getRank() == 2)
    return output;
  ArrayRef<int64_t> shape = type.getShape();
  auto rows = RankedTensorType::get(
      {shape[0], ShapedType::getNumElements(shape.drop_front())},
      type.getElementType());
  return nn::ReshapeOp::create(builder, loc, rows, output).getResult();
}

static Value meanOfAll(OpBuilder &builder, Location loc, Value x) {
  SmallVector<int64_t> axes = llvm::to_vector(
      llvm::seq<int64_t>(cast<ShapedType>(x.getType()).getRank()));
  return nn::ReduceOp::create(builder, loc, nn::ReductionKind::mean, x, axes,
                              /*keepdims=*/false);
}

FailureOr<Value> coppice::train::buildLoss(OpBuilder &builder, Location loc,
                                           LossKind kind, Value output,
                                           Value labels) {
  auto type = cast<RankedTensorType>(output.getType());
  if (!isa<FloatType>(type.getElementType()) || !type.hasStaticShape()) {
    emitError(loc, "the loss needs a float output of static shape, not ")
        << type;
    return failure();
  }
  if (type.getNumElements() == 0) {
    emitError(loc, "a loss is a mean, but the output ")
        << type << " has no elements";
    return failure();
  }
  nn::TensorExpr e(builder, loc, type.getElementType());
  switch (kind) {
  case LossKind::SoftmaxCrossEntropy: {
    FailureOr<Value> rows = asRows(builder, loc, output);
    if (failed(rows))
      return failure();
    return nn::SoftmaxCrossEntropyOp::create(builder, loc, *rows, labels)
        .getResult();
  }
  case LossKind::NegativeLogLikelihood: {
    FailureOr<Value> rows = asRows(builder, loc, output);
    if (failed(rows))
      return failure();
    auto rowsType = cast<RankedTensorType>(rows->getType());
    Value target = nn::OneHotOp::create(builder, loc, rowsType, labels);
    // The mean over all elements times the number of classes is the mean over
    // samples.
    Value mean = meanOfAll(builder, loc, e.mul(*rows, target));
    return e.mul(mean,
                 e.constant(-static_cast<double>(rowsType.getDimSize(1))));
  }
  case LossKind::BinaryCrossEntropy: {
    // log(p), not below -100, without a NaN in the gradient at p = 0.
    auto boundedLog = [&](Value p) {
      Value positive = e.gt(p, e.constant(0));
      Value log = e.log(e.select(positive, p, e.constant(1)));
      return e.select(positive, e.max(log, e.constant(-100)), e.constant(-100));
    };
    Value one = e.constant(1);
    Value hit = e.mul(labels, boundedLog(output));
    Value miss = e.mul(e.sub(one, labels), boundedLog(e.sub(one, output)));
    return e.neg(meanOfAll(builder, loc, e.add(hit, miss)));
  }
  case LossKind::BinaryCrossEntropyLogits: {
    // log(1 + e^x) - x y.
    Value softplus = nn::SoftplusOp::create(builder, loc, output);
    return meanOfAll(builder, loc, e.sub(softplus, e.mul(output, labels)));
  }
  case LossKind::MeanSquaredError: {
    Value difference = e.sub(output, labels);
    return meanOfAll(builder, loc, e.mul(difference, difference));
  }
  }
  emitError(loc, "unknown loss");
  return failure();
}
