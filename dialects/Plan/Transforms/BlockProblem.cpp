//===- BlockProblem.cpp - The ordering problem of a block -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/BlockProblem.h"

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/KernelUnits.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

static void makeUnique(std::vector<uint32_t> &list) {
  llvm::sort(list);
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

//===----------------------------------------------------------------------===//
// Kernels from outside
//===----------------------------------------------------------------------===//

/// Returns the ops of a unit.
static SmallVector<Operation *> getMembers(Operation *unit) {
  SmallVector<Operation *> members;
  if (auto kernel = dyn_cast<KernelOp>(unit))
    for (Operation &op : kernel.getMembers())
      members.push_back(&op);
  else
    members.push_back(unit);
  return members;
}

/// Returns the result of the op that produces `value`, in a kernel or not; null
/// if no op does.
static OpResult getMade(Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return {};
  if (auto kernel = dyn_cast<KernelOp>(result.getOwner()))
    return dyn_cast<OpResult>(
        kernel.getYield().getValues()[result.getResultNumber()]);
  return result;
}

/// Returns the value that `value` is a view or a part of; null if it has bytes
/// of its own.
static Value getSource(Value value) {
  OpResult made = getMade(value);
  Value source = made ? getViewSource(made) : Value();
  return source ? KernelOp::getOutside(source) : Value();
}

/// Returns the bytes of results of `op` that a kernel stores for its own use:
/// results that another op of the body reads after they have left the
/// registers.
static int64_t getStoredInside(Operation *op) {
  auto planning = dyn_cast<PlanningOpInterface>(op);
  if (!isa<KernelOp>(op->getParentOp()) || !planning ||
      planning.joinsConsumer() || planning.absorbsConsumer() ||
      isComputedByReaders(op))
    return 0;
  int64_t bytes = 0;
  for (OpResult result : op->getResults())
    if (!result.use_empty() &&
        llvm::none_of(result.getUsers(), llvm::IsaPred<YieldOp>))
      bytes += getStoredBytes(result.getType());
  return bytes;
}

BlockProblem::BlockProblem(Block &block, const TargetRecord &target)
    : block(block) {
  for (Operation &op : block.without_terminator()) {
    if (isFloating(op) || isa<bufferization::MaterializeInDestinationOp>(op))
      continue;
    numbers[&op] = units.size();
    units.push_back(&op);
  }
  placeParts();
  for (Operation *unit : units)
    addUnit(unit);
  // A returned value that its producer does not write in place is copied at the
  // end.
  for (Value value : block.getTerminator()->getOperands())
    for (uint32_t storage : lookup(value))
      problem.storages[storage].kept = true;
  // A tied value that its producer does not write in place is copied at the
  // end.
  for (auto tie : block.getOps<bufferization::MaterializeInDestinationOp>())
    if (!placeInArgument(tie))
      for (uint32_t storage : lookup(tie.getSource()))
        problem.storages[storage].kept = true;
  // Compute the scratch now that it is known which results have bytes.
  for (auto [unit, ordered] : llvm::zip_equal(units, problem.ops)) {
    int64_t results = 0;
    for (uint32_t storage : ordered.defines)
      results += problem.storages[storage].size;
    for (Operation *op : getMembers(unit)) {
      ordered.scratch += getStoredInside(op);
      if (auto planning = dyn_cast<PlanningOpInterface>(op))
        ordered.scratch += getScratchBytes(planning, target, results);
    }
    addOverwrites(unit, ordered);
  }
}

/// Returns the unit of an op of the block; nullopt for a constant or a read of
/// a parameter.
std::optional<uint32_t> BlockProblem::find(Operation *op) const {
  auto found = numbers.find(op);
  if (found == numbers.end())
    return std::nullopt;
  return found->second;
}

//===----------------------------------------------------------------------===//
// Producers of values
//===----------------------------------------------------------------------===//

/// Whether the producer of `value` can write it to any place that is asked for.
bool BlockProblem::isMadeInPlace(Value value) const {
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

namespace {
/// The parts of a unit's result: values of the block, and their offsets.
struct Parts {
  SmallVector<std::pair<Value, SmallVector<int64_t>>> values;
  /// The number of ops that only put parts together.
  unsigned numOps = 0;

  void add(Value whole, ArrayRef<int64_t> origin) {
    auto planning = whole.getDefiningOp<PlanningOpInterface>();
    SmallVector<Part> parts;
    if (planning && isa<KernelOp>(planning->getParentOp()))
      planning.getParts(parts);
    numOps += !parts.empty();
    for (const Part &part : parts) {
      SmallVector<int64_t> at(origin);
      for (auto [sum, offset] : llvm::zip_equal(at, part.offsets))
        sum += offset;
      Value operand = planning->getOperand(part.operand);
      if (isa<BlockArgument>(operand))
        values.emplace_back(KernelOp::getOutside(operand), at);
      else
        add(operand, at);
    }
  }
};
} // namespace

/// Places the parts of kernels that only put parts together, if their producers
/// can write in place.
void BlockProblem::placeParts() {
  for (Operation *unit : units) {
    auto kernel = dyn_cast<KernelOp>(unit);
    if (!kernel || kernel.getNumResults() != 1)
      continue;
    Parts parts;
    int64_t rank = cast<ShapedType>(kernel.getResult(0).getType()).getRank();
    parts.add(kernel.getYield().getValues()[0], SmallVector<int64_t>(rank, 0));
    if (parts.numOps != getMembers(unit).size())
      continue;
    for (auto &[part, offsets] : parts.values)
      if (isMadeInPlace(part) && !isTied(part) &&
          llvm::count(llvm::make_first_range(parts.values), part) == 1)
        partOf.try_emplace(part, kernel.getResult(0));
  }
  for (Value value : llvm::make_first_range(partOf))
    wholes.insert(getWhole(value));
}

/// Returns the outermost value that `value` is written into as a part; null if
/// there is none.
Value BlockProblem::getWhole(Value value) const {
  Value whole;
  while ((value = partOf.lookup(value)))
    whole = value;
  return whole;
}

/// Whether `value` is stored with gaps.
bool BlockProblem::isStrided(Value value) const {
  while (isa<OpResult>(value)) {
    if (partOf.contains(value))
      return true;
    Value source = getSource(value);
    if (!source)
      return false;
    if (cast<ShapedType>(source.getType()).getNumElements() !=
        cast<ShapedType>(value.getType()).getNumElements())
      return true;
    value = source;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Ops and storages
//===----------------------------------------------------------------------===//

uint32_t BlockProblem::addStorage(Value value, int64_t bytes) {
  OpResult made = getMade(value);
  std::string name = getName(made.getLoc());
  if (name.empty())
    name = made.getOwner()->getName().getStringRef().str();
  problem.storages.push_back({names.getUnique(name), bytes});
  owners.push_back(value);
  definers.push_back(problem.ops.size() - 1);
  return problem.storages.size() - 1;
}

void BlockProblem::addUnit(Operation *unit) {
  uint32_t index = problem.ops.size();
  planning::OrderedOp &ordered = problem.ops.emplace_back();
  Operation *root = getMembers(unit).back();
  std::string name = getName(root->getLoc());
  ordered.name = unitNames.getUnique(
      name.empty() ? root->getName().getStringRef() : StringRef(name));
  for (Value value : getUsed(unit)) {
    if (std::optional<uint32_t> def = find(value.getDefiningOp()))
      ordered.after.push_back(*def);
    llvm::append_range(ordered.uses, lookup(value));
  }
  // Ops with side effects keep their order.
  if (!isMemoryEffectFree(unit)) {
    if (lastEffect)
      ordered.after.push_back(*lastEffect);
    lastEffect = index;
  }
  for (OpResult result : unit->getResults())
    addResult(result, ordered);
  makeUnique(ordered.uses);
  makeUnique(ordered.after);
}

void BlockProblem::addResult(OpResult result, planning::OrderedOp &ordered) {
  if (!isa<RankedTensorType>(result.getType()))
    return;
  if (Value source = getSource(result))
    return addView(result, source, ordered);
  OpResult made = getMade(result);
  auto planning = dyn_cast<PlanningOpInterface>(made.getOwner());
  int64_t bytes = planning ? planning.getResultBytes(made.getResultNumber())
                           : getStoredBytes(result.getType());
  if (wholes.contains(result)) {
    // The unit of its first part has made the storage.
    storages[result] = lookup(result);
    return;
  }
  Value whole = getWhole(result);
  if (!whole) {
    storages[result] = {addStorage(result, bytes)};
    ordered.defines.push_back(storages[result].front());
    return;
  }
  if (lookup(whole).empty()) {
    // Units come after their producers, so this unit, the first with a part,
    // can come before all units with other parts.
    storages[whole] = {addStorage(whole, getStoredBytes(whole.getType()))};
    ordered.defines.push_back(storages[whole].front());
  } else if (!llvm::is_contained(ordered.defines, lookup(whole).front())) {
    ordered.uses.push_back(lookup(whole).front());
  }
  storages[result] = lookup(whole);
}

void BlockProblem::addView(OpResult result, Value source,
                           planning::OrderedOp &ordered) {
  storages[result] = lookup(source);
  int64_t elements = cast<ShapedType>(result.getType()).getNumElements();
  bool isSlice =
      cast<ShapedType>(source.getType()).getNumElements() != elements;
  // A value with gaps may have to be copied before it is reshaped.
  if (isSlice || !isStrided(source))
    return;
  uint32_t copy = addStorage(result, getStoredBytes(result.getType()));
  ordered.defines.push_back(copy);
  storages[result].push_back(copy);
}

void BlockProblem::addOverwrites(Operation *unit,
                                 planning::OrderedOp &ordered) {
  auto kernel = dyn_cast<KernelOp>(unit);
  if (!kernel || ordered.defines.size() != 1)
    return;
  uint32_t defined = ordered.defines.front();
  for (auto [result, operand] : kernel.getOverwrites()) {
    Value value = kernel.getOperand(operand);
    Storages used = lookup(value);
    if (owners[defined] == kernel.getResult(result) &&
        problem.storages[defined].size != 0 && used.size() == 1 &&
        used.front() != defined && owners[used.front()] == value &&
        problem.storages[used.front()].size != 0)
      ordered.overwrites.emplace_back(defined, used.front());
  }
}

//===----------------------------------------------------------------------===//
// Outputs and state
//===----------------------------------------------------------------------===//

/// Whether `unit`, which produces `value`, reads from `old` only the element
/// that it writes next.
static bool readsSameElement(Operation *unit, Value old, Value value) {
  return llvm::all_of(getMembers(unit), [&](Operation *op) {
    auto planning = dyn_cast<PlanningOpInterface>(op);
    bool readsOld = llvm::any_of(op->getOperands(), [&](Value operand) {
      return KernelOp::getOutside(operand) == old;
    });
    if (readsOld)
      return planning && planning.readsInOrder() &&
             cast<ShapedType>(old.getType()).getShape() ==
                 cast<ShapedType>(value.getType()).getShape();
    // Ops between the read and the write must keep the index of the element.
    return !planning || !planning.joinsProducer() || planning.readsInOrder();
  });
}

/// Returns the readers of `old`, an argument, or of a view of it.
SmallVector<BlockProblem::Reader> BlockProblem::getReaders(Value old) const {
  SmallVector<Reader> readers;
  SmallVector<Value> names{old};
  for (size_t i = 0; i < names.size(); ++i)
    for (Operation *user : names[i].getUsers()) {
      Operation *unit = block.findAncestorOpInBlock(*user);
      std::optional<uint32_t> index = find(unit);
      if (!index)
        continue;
      if (unit->getNumResults() == 1 && getSource(unit->getResult(0)))
        names.push_back(unit->getResult(0));
      else
        readers.push_back({*index, names[i]});
    }
  return readers;
}

/// Makes the source of `tie` the content of an argument. Its producer can write
/// there if every reader of the old content can come before it, which adds
/// dependencies; otherwise the value gets bytes of its own. Returns whether it
/// is written in place.
bool BlockProblem::placeInArgument(
    bufferization::MaterializeInDestinationOp tie) {
  SmallVector<Reader> readers = getReaders(tie.getDest());
  Value value = tie.getSource();
  // Codes are written as integers, so look through casts.
  while (isa<OpResult>(value)) {
    Value source = getSource(value);
    if (!source || cast<ShapedType>(source.getType()).getShape() !=
                       cast<ShapedType>(value.getType()).getShape())
      break;
    value = source;
  }
  std::optional<uint32_t> writer = find(value.getDefiningOp());
  if (!writer || !isMadeInPlace(value) || lookup(value).size() != 1 ||
      owners[lookup(value).front()] != value)
    return false;
  for (const Reader &reader : readers) {
    // The writer itself may read the element that it writes next.
    if (reader.op == *writer
            ? !readsSameElement(units[reader.op], reader.name, value)
            : dependsOn(reader.op, *writer))
      return false;
  }
  std::vector<uint32_t> &after = problem.ops[*writer].after;
  for (const Reader &reader : readers)
    if (reader.op != *writer)
      after.push_back(reader.op);
  makeUnique(after);
  problem.storages[lookup(value).front()].size = 0;
  return true;
}

/// Whether `op` comes after `other` in every order.
bool BlockProblem::dependsOn(uint32_t op, uint32_t other) const {
  SmallVector<uint32_t> stack{op};
  DenseSet<uint32_t> seen{op};
  while (!stack.empty()) {
    uint32_t top = stack.pop_back_val();
    if (top == other)
      return true;
    auto push = [&](uint32_t before) {
      if (seen.insert(before).second)
        stack.push_back(before);
    };
    llvm::for_each(problem.ops[top].after, push);
    for (uint32_t storage : problem.ops[top].uses)
      push(definers[storage]);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Reordering the block
//===----------------------------------------------------------------------===//

void BlockProblem::apply(ArrayRef<uint32_t> order) {
  Operation *end = block.getTerminator();
  DenseSet<Operation *> placed;
  for (uint32_t unit : order) {
    placeFloating(units[unit], end, placed);
    units[unit]->moveBefore(end);
  }
  // Ties go to the end: by then, every reader of the old content has run.
  SmallVector<Operation *> ties;
  llvm::append_range(
      ties, block.getOps<bufferization::MaterializeInDestinationOp>());
  for (Operation *tie : ties) {
    placeFloating(tie, end, placed);
    tie->moveBefore(end);
  }
  placeFloating(end, end, placed);
}
