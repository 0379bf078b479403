//===- Places.cpp - Values that are made as parts of others -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/Places.h"

#include "dialects/Plan/Transforms/KernelUnits.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Quant/IR/Quant.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

SmallVector<Operation *> coppice::plan::getMembers(Operation *unit) {
  SmallVector<Operation *> members;
  if (auto kernel = dyn_cast<KernelOp>(unit))
    for (Operation &op : kernel.getMembers())
      members.push_back(&op);
  else
    members.push_back(unit);
  return members;
}

OpResult coppice::plan::getMade(Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return {};
  if (auto kernel = dyn_cast<KernelOp>(result.getOwner()))
    return dyn_cast<OpResult>(
        kernel.getYield().getValues()[result.getResultNumber()]);
  return result;
}

Value coppice::plan::getSource(Value value) {
  OpResult made = getMade(value);
  Value source = made ? getViewSource(made) : Value();
  return source ? KernelOp::getOutside(source) : Value();
}

Value coppice::plan::stripCasts(Value value) {
  while (auto cast = value.getDefiningOp<quant::StorageCastOp>())
    value = cast.getInput();
  return value;
}

bool coppice::plan::isMadeInPlace(Value value) {
  OpResult made = getMade(value);
  if (!made || getSource(value))
    return false;
  auto planning = dyn_cast<PlanningOpInterface>(made.getOwner());
  return planning && planning.writesToDestination(made.getResultNumber());
}

/// Whether `value` becomes the content of an argument.
static bool isTied(Value value) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    auto tie = dyn_cast<bufferization::MaterializeInDestinationOp>(user);
    return tie && tie.getSource() == value;
  });
}

/// Adds what `value`, which begins at `origin` of a whole, consists of.
static void add(Places::Whole &whole, Value value, ArrayRef<int64_t> origin) {
  auto planning = value.getDefiningOp<PlanningOpInterface>();
  SmallVector<Part> parts;
  if (planning && isa<KernelOp>(planning->getParentOp()))
    planning.getParts(parts);
  if (!parts.empty())
    whole.ops.push_back({planning, SmallVector<int64_t>(origin)});
  for (const Part &part : parts) {
    SmallVector<int64_t> at(origin);
    for (auto [sum, offset] : llvm::zip_equal(at, part.offsets))
      sum += offset;
    Value operand = planning->getOperand(part.operand);
    if (isa<BlockArgument>(operand))
      whole.parts.push_back({KernelOp::getOutside(operand), at});
    else
      add(whole, operand, at);
  }
}

Places::Places(ArrayRef<Operation *> units) {
  for (Operation *unit : units) {
    auto kernel = dyn_cast<KernelOp>(unit);
    if (!kernel || kernel.getNumResults() != 1)
      continue;
    Value result = kernel.getResult(0);
    auto type = cast<RankedTensorType>(result.getType());
    Whole whole;
    add(whole, kernel.getYield().getValues()[0],
        SmallVector<int64_t>(type.getRank(), 0));
    auto isSlice = [&](const PlacedValue &part) {
      return getElementTypeOrSelf(part.value) == type.getElementType();
    };
    if (whole.ops.size() != getMembers(unit).size() ||
        !llvm::all_of(whole.parts, isSlice))
      continue;
    bool hasPart = false;
    for (const PlacedValue &part : whole.parts) {
      auto isSame = [&](const PlacedValue &other) {
        return other.value == part.value;
      };
      if (isMadeInPlace(part.value) && !isTied(part.value) &&
          llvm::count_if(whole.parts, isSame) == 1)
        hasPart |= wholeOf.try_emplace(part.value, result).second;
    }
    if (hasPart)
      wholes[result] = std::move(whole);
  }
}

Value Places::getOutermost(Value value) const {
  Value whole;
  while ((value = wholeOf.lookup(value)))
    whole = value;
  return whole;
}

const Places::Whole *Places::find(Value value) const {
  auto found = wholes.find(value);
  return found == wholes.end() ? nullptr : &found->second;
}
