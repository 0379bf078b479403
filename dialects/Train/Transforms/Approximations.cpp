//===- Approximations.cpp - Backward passes that save memory ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/Approximations.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Interfaces/InputUseInterface.h"
#include "dialects/Train/Analysis/Layers.h"
#include "dialects/Train/Analysis/QuantizedLayers.h"
#include "dialects/Train/Transforms/RealLayer.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;
using namespace coppice;
using namespace coppice::train;
using train::GradientContext;
using train::ParameterOp;

//===----------------------------------------------------------------------===//
// hard-swish
//===----------------------------------------------------------------------===//

/// Returns the operand x of a hard-swish, or of the product x hard_sigmoid(x),
/// which exporters write before opset 14; null for any other op.
static OpOperand *getHardSwishInput(Operation &op) {
  if (isa<nn::HardSwishOp>(op))
    return &op.getOpOperand(0);
  auto mul = dyn_cast<nn::MulOp>(op);
  if (!mul || isQuantizedLayer(op))
    return nullptr;
  for (OpOperand &x : op.getOpOperands()) {
    auto gate = op.getOperand(1 - x.getOperandNumber())
                    .getDefiningOp<nn::HardSigmoidOp>();
    if (gate && gate.getInput() == x.get() &&
        std::abs(gate.getAlpha().convertToDouble() - 1.0 / 6) < 1e-6 &&
        gate.getBeta().convertToDouble() == 0.5)
      return &x;
  }
  return nullptr;
}

static bool isHardSwish(Operation &op) { return getHardSwishInput(op); }

/// dx = dy where x > 0, else 0. This is the gradient of a rectifier, whose
/// saved value --train-pack-masks narrows to one bit an element.
static void buildHardSwish(GradientContext &ctx, Operation &op, bool onCopy,
                           ArrayRef<Value> resultGradients,
                           MutableArrayRef<Value> operandGradients) {
  OpOperand *input = getHardSwishInput(op);
  // The rule reads the result, which is positive exactly where the input is:
  // the next layer may save it anyway.
  Value x = ctx.read(onCopy ? input->get() : op.getResult(0));
  nn::TensorExpr e(ctx.builder, ctx.loc, getElementTypeOrSelf(x.getType()));
  operandGradients[input->getOperandNumber()] =
      e.select(e.gt(x, e.constant(0)), resultGradients.front(), e.constant(0));
}

//===----------------------------------------------------------------------===//
// norm-shift
//===----------------------------------------------------------------------===//

/// Returns the value that `value` is up to transposes, reshapes and
/// conversions.
static Value stripViews(Value value) {
  while (OpOperand *moved = nn::getMoved(value.getDefiningOp()))
    value = moved->get();
  return value;
}

/// Whether `value` is the operand of a scale that belongs to a normalization:
/// normalized values, or 1 / sqrt(running variance + epsilon).
static bool isNormalization(Value value) {
  value = stripViews(value);
  if (auto normalize = value.getDefiningOp<nn::NormalizeOp>())
    return value == normalize.getResult();
  auto rsqrt = value.getDefiningOp<nn::RsqrtOp>();
  auto sum = rsqrt ? stripViews(rsqrt.getInput()).getDefiningOp<nn::AddOp>()
                   : nn::AddOp();
  return sum && llvm::any_of(sum->getOperands(), [](Value operand) {
           return traceParameter(operand, train::ParameterRole::statistic);
         });
}

static void findNormScales(Block &block, Approximation::Parameters &found) {
  for (auto mul : block.getOps<nn::MulOp>())
    for (auto [scale, normalized] : {std::pair(mul.getLhs(), mul.getRhs()),
                                     std::pair(mul.getRhs(), mul.getLhs())})
      if (isNormalization(normalized))
        if (ParameterOp parameter = traceParameter(scale))
          found.insert(parameter);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static constexpr Approximation kApproximations[] = {
    {"hard-swish", "passes gradients where x > 0: one bit an element is kept",
     "hard-swish", isHardSwish, buildHardSwish, nullptr},
    {"norm-shift", "trains the shifts of normalizations, not their scales",
     "normalization with a scale that could train", nullptr, nullptr,
     findNormScales},
};

ArrayRef<Approximation> coppice::train::getApproximations() {
  return kApproximations;
}

SmallVector<StringRef> coppice::train::getApproximationNames() {
  return llvm::map_to_vector(kApproximations, [](const Approximation &a) {
    return StringRef(a.name);
  });
}

static const Approximation *find(StringRef name) {
  const Approximation *it = llvm::find_if(
      kApproximations, [&](const Approximation &a) { return a.name == name; });
  return it == std::end(kApproximations) ? nullptr : it;
}

LogicalResult coppice::train::setApproximations(FunctionOpInterface function,
                                                ArrayRef<std::string> names) {
  if (names.empty())
    return success();
  Builder builder(function.getContext());
  SmallVector<StringRef> refs(names.begin(), names.end());
  function->setAttr(kApproximateAttr, builder.getStrArrayAttr(refs));
  return readApproximations(function);
}

FailureOr<SmallVector<const Approximation *>>
coppice::train::readApproximations(FunctionOpInterface function) {
  SmallVector<const Approximation *> result;
  Attribute attr = function->getAttr(kApproximateAttr);
  if (!attr)
    return result;
  auto names = dyn_cast<ArrayAttr>(attr);
  if (!names)
    return function.emitError("'")
           << kApproximateAttr << "' must be an array of strings";
  for (Attribute entry : names) {
    auto name = dyn_cast<StringAttr>(entry);
    const Approximation *known = name ? find(name) : nullptr;
    if (!known)
      return function.emitError("approximate: there is no approximation ")
             << entry << "; there are "
             << llvm::join(getApproximationNames(), ", ");
    if (!llvm::is_contained(result, known))
      result.push_back(known);
  }
  return result;
}

LogicalResult coppice::train::reportUnused(Location loc,
                                           const Approximation &approximation) {
  return emitError(loc, "approximate: ")
         << approximation.name << " has nothing to do: the model has no "
         << approximation.subject << "; drop it";
}

void coppice::train::warnUntrained(Location loc,
                                   const Approximation &approximation) {
  emitWarning(loc, "approximate: ")
      << approximation.name
      << " changes nothing: no gradient that the update asks for passes a "
      << approximation.subject << "; drop it, or train more";
}
