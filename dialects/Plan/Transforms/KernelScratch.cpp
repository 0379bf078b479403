//===- KernelScratch.cpp - Bytes that a kernel's body needs -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/KernelScratch.h"

#include "dialects/Plan/Transforms/KernelUnits.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// Whether `op`, which reads `value` through `operand`, is written around it:
/// the value is made at its place in the result of `op`.
static bool isPlacedBy(OpOperand &operand) {
  auto whole = dyn_cast<PlanningOpInterface>(operand.getOwner());
  auto result = cast<OpResult>(operand.get());
  auto planning = dyn_cast<PlanningOpInterface>(result.getOwner());
  if (!whole || !planning ||
      !planning.writesToDestination(result.getResultNumber()))
    return false;
  SmallVector<Part> parts;
  whole.getParts(parts);
  return llvm::any_of(parts, [&](const Part &part) {
    return part.operand == operand.getOperandNumber();
  });
}

/// The results of the ops of a kernel that read `value`.
static SmallVector<OpResult> getReadInto(Value value) {
  SmallVector<OpResult> results;
  for (Operation *user : value.getUsers())
    if (isa<PlanningOpInterface>(user))
      llvm::append_range(results, user->getResults());
  return results;
}

/// Whether a kernel reads an element of `value` more than once, as the operand
/// of an op with a larger result, so that it stores the value.
static bool isBroadcast(Value value) {
  auto countElements = [](Value value) {
    return cast<ShapedType>(value.getType()).getNumElements();
  };
  return llvm::any_of(getReadInto(value), [&](OpResult result) {
    return countElements(result) > countElements(value);
  });
}

/// Whether elementwise ops on `sum` come to a result with more axes, which the
/// loops of the sum do not have, so that a kernel stores the sum.
static bool gainsAxes(Value sum) {
  int64_t rank = cast<ShapedType>(sum.getType()).getRank();
  SmallVector<Value> values{sum};
  for (size_t i = 0; i < values.size(); ++i)
    for (OpResult result : getReadInto(values[i])) {
      auto planning = cast<PlanningOpInterface>(result.getOwner());
      if (!planning.joinsProducer())
        continue;
      if (cast<ShapedType>(result.getType()).getRank() > rank)
        return true;
      values.push_back(result);
    }
  return false;
}

/// Returns the bytes of results of `op` that a kernel stores for its own use:
/// results that another op of the body reads after they have left the
/// registers. What becomes a part of a result is written there.
static int64_t getStoredInside(Operation *op, ViewLayouts &layouts) {
  auto planning = dyn_cast<PlanningOpInterface>(op);
  if (!isa<KernelOp>(op->getParentOp()) || !planning)
    return 0;
  bool staysInRegisters = planning.joinsConsumer() ||
                          planning.absorbsConsumer() || isComputedByReaders(op);
  bool isSum = !planning.joinsConsumer();
  int64_t bytes = 0;
  for (OpResult result : op->getResults()) {
    // A view of a constant may have gaps.
    if (getSource(result) && layouts.isCopied(result))
      bytes += getStoredBytes(result.getType());
    if (result.use_empty() || getSource(result) ||
        llvm::any_of(result.getUsers(), llvm::IsaPred<YieldOp>))
      continue;
    // A value that is several parts is computed once and copied.
    int64_t places = llvm::count_if(result.getUses(), isPlacedBy);
    bool isRepeated = isComputedByReaders(op) && places > 1;
    bool isStored = !staysInRegisters ||
                    (!isComputedByReaders(op) &&
                     (isBroadcast(result) || (isSum && gainsAxes(result))));
    if (isRepeated || (isStored && places == 0))
      bytes += getStoredBytes(result.getType());
  }
  return bytes;
}

/// Returns the types of the values that `unit` writes element by element: its
/// results, and what is made at its place in one of them.
static SmallVector<Type> getWritten(Operation *unit) {
  auto movesElements = [](Operation *op) {
    auto planning = dyn_cast<PlanningOpInterface>(op);
    return planning && planning.joinsProducer() && !planning.readsInOrder();
  };
  if (llvm::any_of(getMembers(unit), movesElements))
    return {};
  SmallVector<Type> types(unit->getResultTypes());
  if (isa<KernelOp>(unit))
    for (Operation *op : getMembers(unit))
      for (OpResult result : op->getResults())
        if (llvm::any_of(result.getUses(), isPlacedBy))
          types.push_back(result.getType());
  return types;
}

/// Bytes of the operands that `op`, of a kernel, copies to read them in another
/// shape.
static int64_t getCopied(Operation *op, ViewLayouts &layouts) {
  auto planning = dyn_cast<PlanningOpInterface>(op);
  if (!planning)
    return 0;
  int64_t bytes = 0;
  for (OpOperand &operand : op->getOpOperands())
    if (auto shape = planning.getReadShape(operand.getOperandNumber());
        shape &&
        layouts.isCopiedToRead(KernelOp::getOutside(operand.get()), *shape))
      bytes += getStoredBytes(operand.get().getType());
  return bytes;
}

int64_t coppice::plan::getUnitScratch(Operation *unit, int64_t resultBytes,
                                      ViewLayouts &layouts,
                                      const TargetRecord &target) {
  SmallVector<Type> written = getWritten(unit);
  int64_t bytes = 0;
  for (Operation *op : getMembers(unit)) {
    bytes += getStoredInside(op, layouts) + getCopied(op, layouts);
    if (auto planning = dyn_cast<PlanningOpInterface>(op))
      bytes += getScratchBytes(planning, target, resultBytes, written);
  }
  return bytes;
}
