//===- BlockProblem.cpp - The ordering problem of a block -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/BlockProblem.h"

#include "dialects/Plan/Transforms/KernelScratch.h"
#include "dialects/Plan/Transforms/KernelUnits.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

static void makeUnique(std::vector<uint32_t> &list) {
  llvm::sort(list);
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

static SmallVector<Operation *> collectUnits(Block &block) {
  SmallVector<Operation *> units;
  for (Operation &op : block.without_terminator())
    if (!isFloating(op) && !isa<bufferization::MaterializeInDestinationOp>(op))
      units.push_back(&op);
  return units;
}

BlockProblem::BlockProblem(Block &block, const TargetRecord &target)
    : block(block), target(target), units(collectUnits(block)), places(units),
      layouts(places) {
  for (auto [i, unit] : llvm::enumerate(units))
    numbers[unit] = i;
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
    ordered.scratch = getUnitScratch(unit, results, layouts, target);
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
  Value whole = places.getOutermost(result);
  if (!whole && places.find(result)) {
    // The kernels of its parts made it.
    storages[result] = lookup(result);
    return;
  }
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
  if (!layouts.isCopied(result))
    return;
  uint32_t copy = addStorage(result, getStoredBytes(result.getType()));
  ordered.defines.push_back(copy);
  storages[result].push_back(copy);
}

/// The operands of `kernel` that are in `storage`.
unsigned BlockProblem::countReads(KernelOp kernel, uint32_t storage) const {
  return llvm::count_if(kernel.getIns(), [&](Value value) {
    return llvm::is_contained(lookup(value), storage);
  });
}

void BlockProblem::addOverwrites(Operation *unit,
                                 planning::OrderedOp &ordered) {
  auto kernel = dyn_cast<KernelOp>(unit);
  if (!kernel)
    return;
  for (auto [result, operand] : kernel.getOverwrites()) {
    Value value = kernel.getOperand(operand), made = kernel.getResult(result);
    Storages used = lookup(value), makes = lookup(made);
    if (makes.size() != 1)
      continue;
    uint32_t defined = makes.front();
    if (llvm::is_contained(ordered.defines, defined) &&
        owners[defined] == made && problem.storages[defined].size != 0 &&
        used.size() == 1 && used.front() != defined &&
        owners[used.front()] == value &&
        problem.storages[used.front()].size != 0 &&
        countReads(kernel, used.front()) == 1)
      ordered.overwrites.emplace_back(defined, used.front());
  }
}

//===----------------------------------------------------------------------===//
// Outputs and state
//===----------------------------------------------------------------------===//

/// Whether `unit`, which produces `value`, reads from `old` only the element
/// that it writes next.
static bool readsSameElement(Operation *unit, Value old, Value value,
                             const TargetRecord &target) {
  // A kernel that keeps a tensor in its result's place writes there before it
  // has read the old content.
  if (llvm::any_of(getMembers(unit),
                   [&](Operation *op) { return keepsInResult(op, target); }))
    return false;
  bool isRead = false;
  return llvm::all_of(getMembers(unit), [&](Operation *op) {
    auto planning = dyn_cast<PlanningOpInterface>(op);
    bool readsOld = llvm::any_of(op->getOperands(), [&](Value operand) {
      return KernelOp::getOutside(operand) == old;
    });
    isRead |= readsOld;
    // A reduction begins its result before it has read what it sums. What comes
    // after it reads the old value where the result is complete.
    if (isRead && planning && planning.absorbsProducers())
      return false;
    if (readsOld)
      return planning && planning.readsInOrder() &&
             cast<ShapedType>(old.getType()).getShape() ==
                 cast<ShapedType>(value.getType()).getShape();
    // Ops between the read and the write must keep the index of the element.
    return !planning || !planning.joinsProducer() || planning.readsInOrder();
  });
}

/// The units that read `old`, an argument, or a view of it; nothing if it is
/// copied at the end of the block, too.
std::optional<SmallVector<BlockProblem::Reader>>
BlockProblem::getReaders(Value old) const {
  SmallVector<Reader> readers;
  SmallVector<Value> names{old};
  for (size_t i = 0; i < names.size(); ++i)
    for (Operation *user : names[i].getUsers()) {
      Operation *unit = block.findAncestorOpInBlock(*user);
      auto tie = dyn_cast<bufferization::MaterializeInDestinationOp>(unit);
      if (tie && tie.getSource() == names[i])
        return std::nullopt;
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

/// Makes the producer of the source of `tie`, which becomes the content of an
/// argument, write the argument, if every reader of the old content can come
/// before it. These readers become dependencies. Otherwise the value has a
/// buffer of its own. Returns whether the producer writes the argument.
bool BlockProblem::placeInArgument(
    bufferization::MaterializeInDestinationOp tie) {
  // Codes are written as the integers they are.
  Value value = stripCasts(tie.getSource());
  if (!isa<OpResult>(value) || !isMadeInPlace(value) || ties.contains(value) ||
      lookup(value).size() != 1 || owners[lookup(value).front()] != value)
    return false;
  // The first kernel that writes a part of a whole defines it.
  uint32_t storage = lookup(value).front(), writer = definers[storage];
  std::optional<SmallVector<Reader>> readers = getReaders(tie.getDest());
  if (!readers)
    return false;
  // Kernels that read a new count would wait, with their operands, for those
  // that read the old one; that costs more than its bytes.
  bool isCount = cast<ShapedType>(value.getType()).getNumElements() == 1 &&
                 !value.hasOneUse();
  for (const Reader &reader : *readers) {
    if (isCount && reader.op != writer && !dependsOn(writer, reader.op))
      return false;
    // It may read the element that it writes next.
    if (reader.op == writer
            ? places.find(value) || stripCasts(reader.name) != tie.getDest() ||
                  !readsSameElement(units[reader.op], reader.name, value,
                                    target)
            : dependsOn(reader.op, writer))
      return false;
  }
  std::vector<uint32_t> &after = problem.ops[writer].after;
  for (const Reader &reader : *readers)
    if (reader.op != writer)
      after.push_back(reader.op);
  makeUnique(after);
  problem.storages[storage].size = 0;
  ties[value] = tie;
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
    if (auto kernel = dyn_cast<KernelOp>(units[unit]))
      kernel.setScratchBytes(problem.ops[unit].scratch);
  }
  // Ties go to the end: by then, every reader of the old content has run.
  SmallVector<Operation *> ties;
  llvm::append_range(ties,
                     block.getOps<bufferization::MaterializeInDestinationOp>());
  for (Operation *tie : ties) {
    placeFloating(tie, end, placed);
    tie->moveBefore(end);
  }
  placeFloating(end, end, placed);
}

llvm::DenseMap<Value, Value>
BlockProblem::getOverwritten(ArrayRef<uint32_t> order) const {
  llvm::DenseMap<Value, Value> overwritten;
  for (auto [defined, used] : planning::getOverwrites(problem, order))
    overwritten[owners[defined]] = owners[used];
  return overwritten;
}
