//===- KernelUnits.cpp - Groups ops into kernels ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/KernelUnits.h"

#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"

#include <queue>

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

bool coppice::plan::isFloating(Operation &op) {
  return op.hasTrait<OpTrait::ConstantLike>() || isa<train::ReadOp>(op);
}

Value coppice::plan::getViewSource(OpResult result) {
  Operation *op = result.getOwner();
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp,
          tensor::BitcastOp, tensor::ExtractSliceOp, quant::StorageCastOp>(op))
    return op->getOperand(0);
  auto planning = dyn_cast<PlanningOpInterface>(op);
  if (!planning)
    return {};
  std::optional<unsigned> viewed =
      planning.getViewedOperand(result.getResultNumber());
  return viewed ? op->getOperand(*viewed) : Value();
}

bool coppice::plan::isComputedByReaders(Operation *op) {
  auto planning = dyn_cast_or_null<PlanningOpInterface>(op);
  return planning && planning.isComputedByReaders();
}

SmallVector<Value> coppice::plan::getUsed(Operation *op) {
  SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  return used.takeVector();
}

bool coppice::plan::hasCode(Operation *op) {
  return isa<PlanningOpInterface>(op) &&
         !llvm::all_of(op->getResults(), [](OpResult result) {
           return bool(getViewSource(result));
         });
}

bool coppice::plan::keepsInResult(Operation *op, const TargetRecord &target) {
  auto planning = dyn_cast<PlanningOpInterface>(op);
  if (!planning)
    return false;
  SmallVector<ScratchStage> stages;
  planning.getScratch(target, stages);
  return llvm::any_of(
      stages, [](const ScratchStage &stage) { return bool(stage.inResult); });
}

bool coppice::plan::isConstant(Operation *op) {
  while (op && !op->hasTrait<OpTrait::ConstantLike>()) {
    Value source =
        op->getNumResults() ? getViewSource(op->getResult(0)) : Value();
    op = source ? source.getDefiningOp() : nullptr;
  }
  return op;
}

SmallVector<Value> coppice::plan::getLoaded(Operation *op) {
  if (!hasCode(op))
    return getUsed(op);
  SetVector<Value> loaded;
  SmallVector<Value> stack = getUsed(op);
  std::reverse(stack.begin(), stack.end());
  while (!stack.empty()) {
    Value value = stack.pop_back_val();
    Operation *def = value.getDefiningOp();
    if (isComputedByReaders(def))
      llvm::append_range(stack, llvm::reverse(def->getOperands()));
    else if (!isConstant(def))
      loaded.insert(value);
  }
  return loaded.takeVector();
}

void coppice::plan::placeFloating(Operation *op, Operation *end,
                                  DenseSet<Operation *> &placed) {
  for (Value value : getLoaded(op))
    if (Operation *def = value.getDefiningOp();
        def && def->getBlock() == end->getBlock() && isFloating(*def) &&
        placed.insert(def).second)
      def->moveBefore(end);
}

static bool joinsProducer(Operation *op) {
  auto planning = dyn_cast<PlanningOpInterface>(op);
  return planning && planning.joinsProducer();
}

static int64_t countElements(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() ? type.getNumElements() : -1;
}

/// Whether a vector register can hold the elements.
static bool isVectorElement(Value value) {
  Type type = getElementTypeOrSelf(value.getType());
  return type.isIntOrFloat() && type.getIntOrFloatBitWidth() >= 8;
}

KernelUnits::KernelUnits(Block &block) {
  for (auto [i, op] : llvm::enumerate(block))
    positions[&op] = i;
  // Go backwards, so that an op's consumers have their units. Elementwise ops
  // join first: they decide whether a contraction finds a vector form.
  auto ops = llvm::reverse(block.without_terminator());
  for (Operation &op : ops) {
    if (isFloating(op) ||
        (isComputedByReaders(&op) && llvm::all_of(op.getUsers(), hasCode)))
      continue;
    std::optional<uint32_t> unit = findConsumer(&op);
    if (!unit) {
      unit = units.size();
      units.emplace_back();
      contractions.push_back(false);
    }
    numbers[&op] = *unit;
    units[*unit].push_back(&op);
  }
  // Of two contractions, the later one joins.
  for (Operation &op : ops)
    if (std::optional<uint32_t> unit = findEpilogue(&op)) {
      // What the contraction computes as it loads comes with it.
      for (Operation *member : std::exchange(units[numbers[&op]], {})) {
        numbers[member] = *unit;
        units[*unit].push_back(member);
      }
      contractions[*unit] = true;
    }
  sortByPosition();
  sortByReads();
}

/// Sorts units and their ops into the order of the block.
void KernelUnits::sortByPosition() {
  auto isBefore = [&](Operation *a, Operation *b) {
    return positions.lookup(a) < positions.lookup(b);
  };
  SmallVector<uint32_t> order;
  for (auto [i, unit] : llvm::enumerate(units)) {
    llvm::sort(unit, isBefore);
    if (!unit.empty())
      order.push_back(i);
  }
  llvm::sort(order, [&](uint32_t a, uint32_t b) {
    return isBefore(units[a].back(), units[b].back());
  });
  reorder(order);
}

void KernelUnits::reorder(ArrayRef<uint32_t> order) {
  auto oldUnits = std::move(units);
  auto oldContractions = std::move(contractions);
  units.clear();
  contractions.clear();
  for (uint32_t i : order) {
    for (Operation *op : oldUnits[i])
      numbers[op] = units.size();
    auto planning = dyn_cast<PlanningOpInterface>(oldUnits[i].back());
    contractions.push_back(oldContractions[i] ||
                           (planning && planning.absorbsConsumer()));
    units.push_back(std::move(oldUnits[i]));
  }
}

/// Returns the units that `unit` reads from.
SmallVector<uint32_t> KernelUnits::getSources(uint32_t unit) const {
  SetVector<uint32_t> sources;
  for (Operation *op : units[unit])
    for (Value value : getLoaded(op))
      if (std::optional<uint32_t> source = find(value.getDefiningOp());
          source && *source != unit)
        sources.insert(*source);
  return llvm::to_vector(sources);
}

/// Moves each unit behind those that it reads. A contraction that has joined a
/// late consumer may come, with that consumer, before an earlier consumer.
void KernelUnits::sortByReads() {
  SmallVector<SmallVector<uint32_t>> readers(units.size());
  SmallVector<size_t> missing;
  std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
  for (uint32_t i = 0; i < units.size(); ++i) {
    SmallVector<uint32_t> sources = getSources(i);
    missing.push_back(sources.size());
    for (uint32_t source : sources)
      readers[source].push_back(i);
    if (sources.empty())
      ready.push(i);
  }
  SetVector<uint32_t> order;
  while (!ready.empty()) {
    order.insert(ready.top());
    ready.pop();
    for (uint32_t reader : readers[order.back()])
      if (--missing[reader] == 0)
        ready.push(reader);
  }
  // Joined units are independent, so no cycle is left; the schedule would
  // report one.
  order.insert_range(llvm::seq<uint32_t>(0, units.size()));
  reorder(order.getArrayRef());
}

/// Returns the ops that load `value`, once for each use, also through ops that
/// consumers compute.
SmallVector<Operation *> KernelUnits::getReaders(Value value) const {
  SmallVector<Operation *> readers;
  SmallVector<Operation *> stack(value.getUsers());
  while (!stack.empty()) {
    Operation *user = stack.pop_back_val();
    if (!isComputedByReaders(user)) {
      readers.push_back(user);
      continue;
    }
    // An op that is stored too is itself a reader.
    if (numbers.contains(user))
      readers.push_back(user);
    for (Operation *reader : user->getUsers())
      if (hasCode(reader))
        stack.push_back(reader);
  }
  return readers;
}

bool KernelUnits::hasOneReader(Value value) const {
  return getReaders(value).size() == 1;
}

/// Whether the kernel of `user`, which reads each element once, can compute the
/// elementwise `op` as it loads. A body with no vector form would make the
/// kernel of `user` slow.
static bool canCompute(Operation *user, Operation *op) {
  auto planning = dyn_cast<PlanningOpInterface>(user);
  auto elementwise = dyn_cast<PlanningOpInterface>(op);
  return planning && planning.absorbsProducers() && elementwise &&
         elementwise.joinsProducer() && elementwise.readsInOrder() &&
         isa<FloatType>(getElementTypeOrSelf(op->getResult(0).getType())) &&
         llvm::all_of(op->getOperands(), isVectorElement);
}

/// Returns the readers of `op`'s first result that read each element of it
/// once, in order.
SmallVector<Operation *> KernelUnits::getJoiners(Operation *op) const {
  Value result = op->getResult(0);
  SmallVector<Operation *> users;
  for (Operation *user : getReaders(result))
    if (numbers.contains(user) &&
        (canCompute(user, op) ||
         (joinsProducer(user) &&
          countElements(user->getResult(0)) == countElements(result))))
      users.push_back(user);
  llvm::sort(users, [&](Operation *a, Operation *b) {
    return positions.lookup(a) < positions.lookup(b);
  });
  return users;
}

/// Whether a reduction can compute the last step of `op` as it loads: the step
/// reads an operand at the index that it writes, so that the operand has the
/// extents of the reduction's loops.
static bool boundsLoops(PlanningOpInterface op) {
  SmallVector<unsigned> operands;
  op.getOverwritableOperands(0, operands);
  return op.joinsProducer() || !operands.empty();
}

static bool isReduction(Operation *op) {
  auto planning = dyn_cast<PlanningOpInterface>(op);
  return planning && planning.absorbsProducers();
}

/// Returns the unit of the only consumer, which `op` joins.
std::optional<uint32_t> KernelUnits::findConsumer(Operation *op) const {
  auto planning = dyn_cast<PlanningOpInterface>(op);
  if (!planning || op->getNumResults() == 0 || !planning.joinsConsumer() ||
      !hasOneReader(op->getResult(0)))
    return std::nullopt;
  for (Operation *user : getJoiners(op)) {
    uint32_t unit = numbers.lookup(user);
    if (!boundsLoops(planning) && llvm::any_of(units[unit], isReduction))
      continue;
    if (op->getNumResults() == 1 || isIndependent(unit, op))
      return unit;
  }
  return std::nullopt;
}

/// Returns the unit that a contraction applies to its sums.
std::optional<uint32_t> KernelUnits::findEpilogue(Operation *op) const {
  auto planning = dyn_cast<PlanningOpInterface>(op);
  if (!planning || op->getNumResults() != 1 || !planning.absorbsConsumer())
    return std::nullopt;
  for (Operation *user : getJoiners(op)) {
    uint32_t unit = numbers.lookup(user);
    if (canAbsorb(unit, op) && !holdsMore(unit, op))
      return unit;
  }
  return std::nullopt;
}

/// Whether the unit depends on `op` in no other way.
bool KernelUnits::isIndependent(uint32_t unit, Operation *op) const {
  return llvm::all_of(units[unit], [&](Operation *member) {
    return llvm::all_of(getLoaded(member), [&](Value operand) {
      Operation *def = operand.getDefiningOp();
      return !def || def == op || llvm::is_contained(units[unit], def) ||
             !dependsOn(def, op);
    });
  });
}

bool KernelUnits::canAbsorb(uint32_t unit, Operation *contraction) const {
  if (contractions[unit] || !isVectorElement(units[unit].front()->getResult(0)))
    return false;
  for (Operation *op : units[unit]) {
    if (!joinsProducer(op))
      return false;
    for (Value operand : op->getOperands()) {
      Operation *def = operand.getDefiningOp();
      if (def != contraction && !llvm::is_contained(units[unit], def) &&
          !isVectorElement(operand))
        return false;
    }
  }
  return hasOneReader(contraction->getResult(0)) ||
         isIndependent(unit, contraction);
}

/// `value` and all that is another name of it.
static SmallVector<Value> getNames(Value value) {
  SmallVector<Value> names{value};
  for (size_t i = 0; i < names.size(); ++i)
    for (Operation *user : names[i].getUsers())
      for (OpResult result : user->getResults())
        if (getViewSource(result) == names[i])
          names.push_back(result);
  return names;
}

/// Whether a kernel with the contraction keeps more bytes than its sums take. A
/// unit that writes over an argument waits for the other readers of that
/// argument; what the contraction reads is kept for those that come when it is
/// there.
bool KernelUnits::holdsMore(uint32_t unit, Operation *contraction) const {
  unsigned ready = 0;
  int64_t kept = 0;
  for (Value value : getLoaded(contraction))
    if (Operation *def = value.getDefiningOp(); def && !isFloating(*def)) {
      ready = std::max(ready, positions.lookup(def));
      kept += getStoredBytes(value.getType());
    }
  if (kept <= getStoredBytes(contraction->getResult(0).getType()))
    return false;
  auto comesBetween = [&](Operation *reader) {
    return reader != contraction && hasCode(reader) && find(reader) != unit &&
           positions.lookup(reader) > ready;
  };
  for (Value name : getNames(units[unit].front()->getResult(0)))
    for (Operation *user : name.getUsers())
      if (auto tie = dyn_cast<bufferization::MaterializeInDestinationOp>(user))
        for (Value old : getNames(tie.getDest()))
          if (llvm::any_of(getReaders(old), comesBetween))
            return true;
  return false;
}

/// Whether `op` depends on `other`. A unit depends on everything that its ops
/// depend on.
bool KernelUnits::dependsOn(Operation *op, Operation *other) const {
  SmallVector<Operation *> stack{op};
  DenseSet<Operation *> seen{op};
  auto push = [&](Operation *next) {
    if (next->getBlock() == other->getBlock() && seen.insert(next).second)
      stack.push_back(next);
  };
  while (!stack.empty()) {
    Operation *top = stack.pop_back_val();
    if (top == other)
      return true;
    if (std::optional<uint32_t> unit = find(top))
      for (Operation *member : units[*unit])
        push(member);
    for (Value value : getLoaded(top))
      if (Operation *def = value.getDefiningOp())
        push(def);
  }
  return false;
}

std::optional<uint32_t> KernelUnits::find(Operation *op) const {
  auto found = numbers.find(op);
  if (found == numbers.end())
    return std::nullopt;
  return found->second;
}

bool KernelUnits::isInside(Value value) const {
  std::optional<uint32_t> unit = find(value.getDefiningOp());
  return unit && !value.use_empty() &&
         llvm::all_of(getReaders(value),
                      [&](Operation *user) { return find(user) == unit; });
}
