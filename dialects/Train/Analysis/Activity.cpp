//===- Activity.cpp - Values between loss and weights -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Analysis/Activity.h"

#include "dialects/Train/Interfaces/GradientInterface.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;
using train::GradientOpInterface;

/// Whether a small change of the operand changes a real result of its op.
static bool passesOn(OpOperand &operand) {
  Operation *op = operand.getOwner();
  if (op->hasTrait<train::ZeroGradient>())
    return false;
  if (auto rule = dyn_cast<GradientOpInterface>(op))
    return rule.isDifferentiable(operand.getOperandNumber());
  return train::detail::isRealTensor(operand.get().getType());
}

/// Calls `visit` on the values that `op`'s results depend on differentiably.
static void forEachInput(Operation *op, function_ref<void(Value)> visit) {
  for (OpOperand &operand : op->getOpOperands())
    if (passesOn(operand))
      visit(operand.get());
  if (op->getNumRegions() == 0)
    return;
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  for (Value value : captured)
    if (train::detail::isRealTensor(value.getType()))
      visit(value);
}

Activity::Activity(Block &block, Value loss, ValueRange wrt) {
  varied.insert(wrt.begin(), wrt.end());
  for (Operation &op : block) {
    bool depends = false;
    forEachInput(&op, [&](Value value) { depends |= varied.contains(value); });
    if (!depends)
      continue;
    for (Value result : op.getResults())
      if (train::detail::isRealTensor(result.getType()))
        varied.insert(result);
  }

  useful.insert(loss);
  for (Operation &op : llvm::reverse(block))
    if (llvm::any_of(op.getResults(),
                     [&](Value result) { return useful.contains(result); }))
      forEachInput(&op, [&](Value value) { useful.insert(value); });
}

bool Activity::isWanted(OpOperand &operand) const {
  return passesOn(operand) && isActive(operand.get());
}

bool Activity::isOnPath(Operation &op) const {
  bool depends = false;
  forEachInput(&op, [&](Value value) { depends |= varied.contains(value); });
  return depends && llvm::any_of(op.getResults(), [&](Value result) {
           return useful.contains(result);
         });
}
