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

/// The ops of a unit.
static SmallVector<Operation *> getMembers(Operation *unit) {
  SmallVector<Operation *> members;
  if (auto kernel = dyn_cast<KernelOp>(unit))
    for (Operation &op : kernel.getMembers())
      members.push_back(&op);
  else
    members.push_back(unit);
  return members;
}

/// What the enclosing block knows as `value`: the operand of a kernel for a
/// block argument of its body.
static Value getOutside(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    if (auto kernel = dyn_cast<KernelOp>(argument.getOwner()->getParentOp()))
      return kernel.getOperand(argument.getArgNumber());
  return value;
}

/// The result of the op that makes `value`, in a kernel or not; null if no op
/// does.
static OpResult getMade(Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return {};
  if (auto kernel = dyn_cast<KernelOp>(result.getOwner()))
    return dyn_cast<OpResult>(
        kernel.getYield().getValues()[result.getResultNumber()]);
  return result;
}

/// The value that `value` is another name of or a part of; null if it has bytes
/// of its own.
static Value getSource(Value value) {
  OpResult made = getMade(value);
  Value source = made ? getViewSource(made) : Value();
  return source ? getOutside(source) : Value();
}

BlockProblem::BlockProblem(Block &block, const TargetRecord &target)
    : block(block) {
  for (Operation &op : block.without_terminator()) {
    if (isFloating(op))
      continue;
    numbers[&op] = units.size();
    units.push_back(&op);
  }
  collectLayouts();
  placeParts();
  for (Operation *unit : units)
    addUnit(unit);
  // What is returned from elsewhere is copied at the end.
  for (Value value : block.getTerminator()->getOperands())
    for (uint32_t storage : lookup(value))
      problem.storages[storage].kept = true;
  DenseMap<Attribute, SmallVector<Value>> reads;
  for (auto read : block.getOps<train::ReadOp>())
    reads[read.getParameterAttr()].push_back(read);
  for (Operation *unit : units) {
    if (auto write = dyn_cast<train::WriteOp>(unit))
      placeInState(write.getValue(), reads.lookup(write.getParameterAttr()),
                   write);
    else if (auto tie =
                 dyn_cast<bufferization::MaterializeInDestinationOp>(unit))
      placeInState(tie.getSource(), {tie.getDest()}, tie);
  }
  // Now that it is known which results have bytes.
  for (auto [unit, ordered] : llvm::zip_equal(units, problem.ops)) {
    int64_t results = 0;
    for (uint32_t storage : ordered.defines)
      results += problem.storages[storage].size;
    for (Operation *op : getMembers(unit)) {
      ordered.scratch += getCopiedBytes(op);
      if (auto planning = dyn_cast<PlanningOpInterface>(op))
        ordered.scratch += getScratchBytes(planning, target, results);
    }
    addOverwrites(unit, ordered);
  }
}

/// The unit of an op of the block; none for one that floats.
std::optional<uint32_t> BlockProblem::find(Operation *op) const {
  auto found = numbers.find(op);
  if (found == numbers.end())
    return std::nullopt;
  return found->second;
}

//===----------------------------------------------------------------------===//
// Where values are made
//===----------------------------------------------------------------------===//

/// Whether the op that makes `value` can make it where it is wanted.
bool BlockProblem::isMadeInPlace(Value value) const {
  OpResult made = getMade(value);
  if (!made || getSource(value))
    return false;
  auto planning = dyn_cast<PlanningOpInterface>(made.getOwner());
  return planning && planning.writesToDestination(made.getResultNumber());
}

/// Whether `value` becomes a caller's buffer.
bool BlockProblem::isReturned(Value value) const {
  return isMadeInPlace(value) && layouts.lookup(value).empty() &&
         llvm::is_contained(block.getTerminator()->getOperands(), value);
}

/// What a kernel that reads `value` in the form `type` loads: where it converts
/// a narrower format, that, in a form of that format.
static std::pair<Value, RankedTensorType> getLoaded(Value value,
                                                    RankedTensorType type) {
  value = getOutside(value);
  while (Value source = getSource(value)) {
    auto from = dyn_cast<RankedTensorType>(source.getType());
    if (!type || !from ||
        from.getShape() != cast<RankedTensorType>(value.getType()).getShape())
      break;
    value = source;
    type = RankedTensorType::get(type.getShape(), from.getElementType(),
                                 type.getEncoding());
  }
  return {value, type};
}

void BlockProblem::collectLayouts() {
  auto collect = [&](PlanningOpInterface op, OpOperand &operand) {
    auto [value, type] = getLoaded(
        operand.get(), op.getStoredOperandType(operand.getOperandNumber()));
    // Codes have the border of their own layer; converted, one of another.
    if (!type || type == value.getType() || !isMadeInPlace(value) ||
        (value != getOutside(operand.get()) &&
         isa<quant::QuantizedType>(type.getElementType())))
      return;
    auto &known = layouts[value];
    if (!llvm::is_contained(known, type))
      known.push_back(type);
  };
  for (Operation *unit : units)
    for (Operation *op : getMembers(unit))
      if (auto planning = dyn_cast<PlanningOpInterface>(op))
        for (OpOperand &operand : op->getOpOperands())
          collect(planning, operand);
  for (auto &[value, known] : layouts)
    llvm::stable_sort(known, [](RankedTensorType a, RankedTensorType b) {
      return getStoredBytes(a) > getStoredBytes(b);
    });
}

/// The type that `value` is stored in, if it is not its own. Of several it is
/// that of whoever reads first, which is not known yet: the largest.
RankedTensorType BlockProblem::getLayout(Value value) const {
  auto found = layouts.find(value);
  return found == layouts.end() ? RankedTensorType() : found->second.front();
}

/// Bytes of what `op` reads in another form than it is stored in.
int64_t BlockProblem::getCopiedBytes(Operation *op) const {
  auto planning = dyn_cast<PlanningOpInterface>(op);
  if (!planning)
    return 0;
  int64_t bytes = 0;
  DenseSet<Value> seen;
  for (OpOperand &operand : op->getOpOperands()) {
    auto [value, type] =
        getLoaded(operand.get(),
                  planning.getStoredOperandType(operand.getOperandNumber()));
    if (!type || type == value.getType() || !seen.insert(value).second)
      continue;
    auto found = layouts.find(value);
    bool isConverted = value != getOutside(operand.get()) &&
                       isa<quant::QuantizedType>(type.getElementType());
    if (found == layouts.end() || isConverted)
      bytes += getStoredBytes(type);
    else if (type != found->second.front())
      bytes += getStoredBytes(type);
    else if (found->second.size() > 1)
      bytes += getStoredBytes(found->second[1]);
  }
  return bytes;
}

/// Operands of concatenations that are made in place.
void BlockProblem::placeParts() {
  for (Operation *unit : units) {
    // Parts and whole are values of the block, so the op is the unit's only
    // one.
    SmallVector<Operation *> members = getMembers(unit);
    auto planning = dyn_cast<PlanningOpInterface>(members.front());
    if (!planning || members.size() != 1)
      continue;
    SmallVector<unsigned> operands;
    planning.getPlacedOperands(operands);
    for (unsigned operand : operands) {
      Value part = planning->getOperand(operand), value = getOutside(part);
      if (!isMadeInPlace(value) || layouts.contains(value) ||
          isReturned(value) || llvm::count(planning->getOperands(), part) != 1)
        continue;
      partOf.try_emplace(value, unit->getResult(0));
    }
  }
  for (Value value : llvm::make_first_range(partOf))
    wholes.insert(getWhole(value));
}

/// The outermost value that `value` is made as a part of; null if there is
/// none.
Value BlockProblem::getWhole(Value value) const {
  Value whole;
  while ((value = partOf.lookup(value)))
    whole = value;
  return whole;
}

/// Whether `value` is stored with gaps.
bool BlockProblem::isStrided(Value value) const {
  while (isa<OpResult>(value)) {
    if (layouts.contains(value) || partOf.contains(value))
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
  // Ops with effects of their own keep their order.
  if (!isMemoryEffectFree(unit) && !isa<train::WriteOp>(unit)) {
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
  if (isa<bufferization::MaterializeInDestinationOp>(result.getOwner()) ||
      !isa<RankedTensorType>(result.getType()))
    return; // the destination, or no tensor
  if (Value source = getSource(result))
    return addView(result, source, ordered);
  OpResult made = getMade(result);
  auto planning = dyn_cast<PlanningOpInterface>(made.getOwner());
  int64_t bytes = planning ? planning.getResultBytes(made.getResultNumber())
                           : getStoredBytes(result.getType());
  if (RankedTensorType layout = getLayout(result))
    bytes = getStoredBytes(layout);
  if (isReturned(result))
    bytes = 0; // goes to the caller's buffer
  if (wholes.contains(result)) {
    // Its parts made it.
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
    // Units come after those that they read, so this one, the first with a
    // part, can come before all others.
    int64_t size = getStoredBytes(getLayout(whole) ? Type(getLayout(whole))
                                                   : whole.getType());
    storages[whole] = {addStorage(whole, isReturned(whole) ? 0 : size)};
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
  // What has gaps may have to be copied before it can have another shape.
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
        !layouts.contains(owners[defined]) &&
        problem.storages[defined].size != 0 && used.size() == 1 &&
        used.front() != defined && owners[used.front()] == value &&
        !layouts.contains(value) && problem.storages[used.front()].size != 0)
      ordered.overwrites.emplace_back(defined, used.front());
  }
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

/// Whether `unit`, which makes `value`, reads of `old` the element that is
/// written next, and no other.
static bool readsSameElement(Operation *unit, Value old, Value value) {
  return llvm::all_of(getMembers(unit), [&](Operation *op) {
    auto planning = dyn_cast<PlanningOpInterface>(op);
    bool readsOld = llvm::any_of(op->getOperands(), [&](Value operand) {
      return getOutside(operand) == old;
    });
    if (readsOld)
      return planning && planning.readsInOrder() &&
             cast<ShapedType>(old.getType()).getShape() ==
                 cast<ShapedType>(value.getType()).getShape();
    // What the old element goes through on its way keeps its place.
    return !planning || !planning.joinsProducer() || planning.readsInOrder();
  });
}

/// `value` becomes the new content of the buffer whose old content is `old`.
/// Its op writes there at once if every other reader of the old content comes
/// first, which becomes a dependency; else the value needs bytes of its own.
void BlockProblem::placeInState(Value value, SmallVector<Value> old,
                                Operation *store) {
  // Codes are written as the integers they are.
  while (isa<OpResult>(value)) {
    Value source = getSource(value);
    if (!source || cast<ShapedType>(source.getType()).getNumElements() !=
                       cast<ShapedType>(value.getType()).getNumElements())
      break;
    value = source;
  }
  std::optional<uint32_t> writer = find(value.getDefiningOp());
  if (!writer || !isMadeInPlace(value) || lookup(value).size() != 1 ||
      owners[lookup(value).front()] != value || layouts.contains(value))
    return;
  SmallVector<uint32_t> readers;
  for (size_t i = 0; i < old.size(); ++i) {
    for (Operation *user : old[i].getUsers()) {
      Operation *ancestor = block.findAncestorOpInBlock(*user);
      std::optional<uint32_t> index = find(ancestor);
      if (ancestor == store || !index)
        continue;
      bool isView =
          ancestor->getNumResults() == 1 && getSource(ancestor->getResult(0));
      if (isView)
        old.push_back(ancestor->getResult(0));
      else if (*index != *writer)
        readers.push_back(*index);
      else if (!readsSameElement(ancestor, old[i], value))
        return; // reads the old content while it writes the new
    }
  }
  for (uint32_t reader : readers)
    if (dependsOn(reader, *writer))
      return;
  std::vector<uint32_t> &after = problem.ops[*writer].after;
  after.insert(after.end(), readers.begin(), readers.end());
  makeUnique(after);
  problem.storages[lookup(value).front()].size = 0;
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
// The other way
//===----------------------------------------------------------------------===//

void BlockProblem::apply(ArrayRef<uint32_t> order) {
  Operation *end = block.getTerminator();
  DenseSet<Operation *> placed;
  for (uint32_t unit : order) {
    placeFloating(units[unit], end, placed);
    units[unit]->moveBefore(end);
  }
  placeFloating(end, end, placed);
}
