//===- BlockProblem.cpp - The ordering problem of a block -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/BlockProblem.h"

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

BlockProblem::BlockProblem(Block &block, const TargetRecord &target)
    : block(block), units(block) {
  collectLayouts();
  placeParts();
  for (uint32_t i = 0; i < units.size(); ++i)
    addUnit(i);
  // What is returned from elsewhere is copied at the end.
  for (Value value : block.getTerminator()->getOperands())
    for (uint32_t storage : lookup(value))
      problem.storages[storage].kept = true;
  DenseMap<Attribute, SmallVector<Value>> reads;
  for (auto read : block.getOps<train::ReadOp>())
    reads[read.getParameterAttr()].push_back(read);
  for (uint32_t i = 0; i < units.size(); ++i) {
    Operation *op = units.getRoot(i);
    if (auto write = dyn_cast<train::WriteOp>(op))
      placeInState(write.getValue(), reads.lookup(write.getParameterAttr()),
                   write);
    else if (auto tie = dyn_cast<bufferization::MaterializeInDestinationOp>(op))
      placeInState(tie.getSource(), {tie.getDest()}, tie);
  }
  // Now that it is known which results have bytes.
  for (uint32_t i = 0; i < units.size(); ++i) {
    planning::OrderedOp &ordered = problem.ops[i];
    int64_t results = 0;
    for (uint32_t storage : ordered.defines)
      results += problem.storages[storage].size;
    for (Operation *op : units[i]) {
      ordered.scratch += getCopiedBytes(op);
      if (auto planning = dyn_cast<PlanningOpInterface>(op))
        ordered.scratch += getScratchBytes(planning, target, results);
    }
    addOverwrites(i, ordered);
  }
}

//===----------------------------------------------------------------------===//
// Where values are made
//===----------------------------------------------------------------------===//

/// Whether the op that makes `value` can make it where it is wanted.
bool BlockProblem::isMadeInPlace(Value value) const {
  auto result = dyn_cast<OpResult>(value);
  if (!result || !units.find(result.getOwner()) || getViewSource(result))
    return false;
  auto planning = dyn_cast<PlanningOpInterface>(result.getOwner());
  return planning && planning.writesToDestination(result.getResultNumber());
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
  while (auto result = dyn_cast<OpResult>(value)) {
    Value source = getViewSource(result);
    auto from = source ? dyn_cast<RankedTensorType>(source.getType())
                       : RankedTensorType();
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
  for (Operation &op : block)
    if (auto planning = dyn_cast<PlanningOpInterface>(op))
      for (OpOperand &operand : op.getOpOperands()) {
        auto [value, type] = getLoaded(
            operand.get(),
            planning.getStoredOperandType(operand.getOperandNumber()));
        // Codes have the border of their own layer; converted, one of another.
        if (!type || type == value.getType() || !isMadeInPlace(value) ||
            (value != operand.get() &&
             isa<quant::QuantizedType>(type.getElementType())))
          continue;
        auto &known = layouts[value];
        if (!llvm::is_contained(known, type))
          known.push_back(type);
      }
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
    bool isConverted = value != operand.get() &&
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
  for (Operation &op : block.without_terminator()) {
    auto planning = dyn_cast<PlanningOpInterface>(op);
    if (!planning)
      continue;
    SmallVector<unsigned> operands;
    planning.getPlacedOperands(operands);
    for (unsigned operand : operands) {
      Value value = op.getOperand(operand), whole = op.getResult(0);
      if (!isMadeInPlace(value) || layouts.contains(value) ||
          isReturned(value) || llvm::count(op.getOperands(), value) != 1)
        continue;
      partOf.try_emplace(value, whole);
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
  while (auto result = dyn_cast<OpResult>(value)) {
    if (layouts.contains(value) || partOf.contains(value))
      return true;
    Value source = getViewSource(result);
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
  std::string name = getName(value.getLoc());
  if (name.empty())
    name = value.getDefiningOp()->getName().getStringRef().str();
  problem.storages.push_back({names.getUnique(name), bytes});
  owners.push_back(value);
  definers.push_back(problem.ops.size() - 1);
  return problem.storages.size() - 1;
}

void BlockProblem::addUnit(uint32_t index) {
  problem.ops.emplace_back();
  planning::OrderedOp &ordered = problem.ops.back();
  Operation *root = units.getRoot(index);
  std::string name = getName(root->getLoc());
  ordered.name = unitNames.getUnique(
      name.empty() ? root->getName().getStringRef() : StringRef(name));
  for (Operation *op : units[index]) {
    for (Value value : getUsed(op)) {
      std::optional<uint32_t> def = units.find(value.getDefiningOp());
      if (def == index)
        continue;
      if (def)
        ordered.after.push_back(*def);
      for (uint32_t storage : lookup(value))
        ordered.uses.push_back(storage);
    }
    // Ops with effects of their own keep their order.
    if (!isMemoryEffectFree(op) && !isa<train::WriteOp>(op)) {
      if (lastEffect && *lastEffect != index)
        ordered.after.push_back(*lastEffect);
      lastEffect = index;
    }
    for (OpResult result : op->getResults())
      if (!units.isInside(result))
        addResult(result, ordered);
  }
  makeUnique(ordered.uses);
  makeUnique(ordered.after);
}

void BlockProblem::addResult(OpResult result, planning::OrderedOp &ordered) {
  if (isa<bufferization::MaterializeInDestinationOp>(result.getOwner()) ||
      !isa<RankedTensorType>(result.getType()))
    return; // the destination, or no tensor
  if (Value source = getViewSource(result))
    return addView(result, source, ordered);
  auto planning = dyn_cast<PlanningOpInterface>(result.getOwner());
  int64_t bytes = planning ? planning.getResultBytes(result.getResultNumber())
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

/// Elementwise kernels write over an operand of the same type.
void BlockProblem::addOverwrites(uint32_t index, planning::OrderedOp &ordered) {
  if (units.isContraction(index) || ordered.defines.size() != 1)
    return;
  Operation *root = units.getRoot(index);
  uint32_t defined = ordered.defines.front();
  Value result = owners[defined];
  if (result.getDefiningOp() != root || layouts.contains(result) ||
      problem.storages[defined].size == 0)
    return;
  SmallVector<Value> read, overwritable;
  for (Operation *op : units[index]) {
    SmallVector<unsigned> operands;
    if (auto planning = dyn_cast<PlanningOpInterface>(op))
      planning.getOverwritableOperands(0, operands);
    for (OpOperand &operand : op->getOpOperands())
      (llvm::is_contained(operands, operand.getOperandNumber()) ? overwritable
                                                                : read)
          .push_back(operand.get());
  }
  for (Value value : overwritable) {
    Storages used = lookup(value);
    if (used.size() == 1 && used.front() != defined &&
        owners[used.front()] == value && !layouts.contains(value) &&
        !llvm::is_contained(read, value) &&
        value.getType() == result.getType() &&
        problem.storages[used.front()].size != 0)
      ordered.overwrites.emplace_back(defined, used.front());
  }
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

/// Whether `op`, in the kernel that makes `value`, reads of `old` the element
/// that is written next, and no other.
static bool readsSameElement(ArrayRef<Operation *> kernel, Operation *op,
                             Value old, Value value) {
  // What the old element goes through on its way keeps its place.
  for (Operation *member : kernel)
    if (auto planning = dyn_cast<PlanningOpInterface>(member);
        planning && planning.joinsProducer() && !planning.readsInOrder())
      return false;
  auto planning = dyn_cast<PlanningOpInterface>(op);
  return planning && planning.readsInOrder() &&
         cast<ShapedType>(old.getType()).getShape() ==
             cast<ShapedType>(value.getType()).getShape();
}

/// `value` becomes the new content of the buffer whose old content is `old`.
/// Its op writes there at once if every other reader of the old content comes
/// first, which becomes a dependency; else the value needs bytes of its own.
void BlockProblem::placeInState(Value value, SmallVector<Value> old,
                                Operation *store) {
  // Codes are written as the integers they are.
  while (auto result = dyn_cast<OpResult>(value)) {
    Value source = getViewSource(result);
    if (!source || cast<ShapedType>(source.getType()).getNumElements() !=
                       cast<ShapedType>(value.getType()).getNumElements())
      break;
    value = source;
  }
  std::optional<uint32_t> writer = units.find(value.getDefiningOp());
  if (!writer || !isMadeInPlace(value) || lookup(value).size() != 1 ||
      owners[lookup(value).front()] != value || layouts.contains(value))
    return;
  SmallVector<uint32_t> readers;
  for (size_t i = 0; i < old.size(); ++i) {
    for (Operation *user : old[i].getUsers()) {
      Operation *ancestor = block.findAncestorOpInBlock(*user);
      std::optional<uint32_t> index = units.find(ancestor);
      if (ancestor == store || !index)
        continue;
      Value view = ancestor->getNumResults() == 1
                       ? getViewSource(ancestor->getResult(0))
                       : Value();
      if (view)
        old.push_back(ancestor->getResult(0));
      else if (*index != *writer)
        readers.push_back(*index);
      else if (!readsSameElement(units[*writer], ancestor, old[i], value))
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
  auto place = [&](Operation *op) {
    for (Value value : getUsed(op))
      if (Operation *def = value.getDefiningOp();
          def && def->getBlock() == &block && isFloating(*def) &&
          placed.insert(def).second)
        def->moveBefore(end);
  };
  for (uint32_t index : order) {
    for (Operation *op : units[index])
      place(op);
    for (Operation *op : units[index])
      op->moveBefore(end);
  }
  place(end);
}
