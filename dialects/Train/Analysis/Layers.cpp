//===- Layers.cpp - The layers that a scheme counts -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Analysis/Layers.h"

#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Interfaces/InputUseInterface.h"
#include "dialects/Train/Analysis/Activity.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;
using train::ParameterOp;
using train::ReadOp;

/// Returns the parameter that `value` is up to transposes, reshapes and
/// conversions. `axis` is mapped through the transposes; a reshape loses it.
static ParameterOp
traceParameter(Value value, std::optional<int64_t> &axis,
               train::ParameterRole role = train::ParameterRole::weight) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto read = dyn_cast<ReadOp>(op)) {
      auto parameter = SymbolTable::lookupNearestSymbolFrom<ParameterOp>(
          read, read.getParameterAttr());
      if (parameter && parameter.getRole() == role)
        return parameter;
      return nullptr;
    }
    OpOperand *forwarded = nn::getForwarded(op);
    if (!forwarded)
      return nullptr;
    if (axis)
      axis = nn::getForwardedAxis(*forwarded, *axis);
    value = forwarded->get();
  }
  return nullptr;
}

ParameterOp coppice::train::traceParameter(Value value,
                                           train::ParameterRole role) {
  std::optional<int64_t> axis;
  return value ? ::traceParameter(value, axis, role) : nullptr;
}

/// Whether `value` depends on parameters and constants alone.
static bool isOfParameters(Value value) {
  SmallVector<Value> pending{value};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val().getDefiningOp();
    if (!op)
      return false;
    if (seen.insert(op).second)
      llvm::append_range(pending, op->getOperands());
    // A value computed from parameters alone has few ops; stop at 32.
    if (seen.size() > 32)
      return false;
  }
  return true;
}

/// The operand that `value` is of an elementwise op that scales and shifts it
/// by parameters; null where its user is another op.
static OpOperand *getAffineUse(Value value) {
  OpOperand &use = *value.use_begin();
  auto op = dyn_cast<nn::ElementwiseOpInterface>(use.getOwner());
  if (!op || !op.isAffineIn(use.getOperandNumber()))
    return nullptr;
  for (OpOperand &other : op->getOpOperands())
    if (&other != &use && !isOfParameters(other.get()))
      return nullptr;
  return &use;
}

/// Returns the parameter that is added to `result` next. Reshapes, transposes
/// and conversions are looked through, and so is a normalization: its shift
/// then takes the place of the bias.
static ParameterOp findAddedBias(Value result) {
  while (result.hasOneUse()) {
    Operation *user = *result.user_begin();
    if (OpOperand *use = getAffineUse(result)) {
      if (isa<nn::AddOp>(user))
        if (ParameterOp bias =
                traceParameter(user->getOperand(1 - use->getOperandNumber())))
          return bias;
    } else if (OpOperand *forwarded = nn::getForwarded(user);
               !isa<nn::NormalizeOp>(user) &&
               !(forwarded && forwarded->get() == result)) {
      return nullptr;
    }
    result = user->getResult(0);
  }
  return nullptr;
}

/// The layer that `op` is with the first of its weights that is a parameter.
static Layer describe(nn::ContractionOpInterface op) {
  SmallVector<nn::WeightOperand, 2> weights;
  op.getWeights(weights);
  Layer layer;
  layer.op = op;
  for (const nn::WeightOperand &weight : weights) {
    layer.channelAxis = weight.channelAxis;
    layer.weight = traceParameter(weight.operand->get(), layer.channelAxis);
    if (layer.weight)
      break;
  }
  if (!layer.weight)
    return layer;
  if (OpOperand *bias = op.getBiasOperand())
    layer.bias = traceParameter(bias->get());
  if (!layer.bias)
    layer.bias = findAddedBias(op->getResult(0));
  return layer;
}

SmallVector<Layer> coppice::train::findLayers(Block &block, Value loss) {
  Activity activity(block, loss, {});
  SmallVector<Layer> layers;
  for (auto op : block.getOps<nn::ContractionOpInterface>()) {
    if (!activity.isUseful(op->getResult(0)))
      continue;
    Layer layer = describe(op);
    if (layer.weight)
      layers.push_back(layer);
  }
  return layers;
}
