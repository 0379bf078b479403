//===- BufferFusion.cpp - Ops on buffers that may fuse ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/BufferFusion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace coppice::kernels;

/// Returns the allocation, constant or argument of the function or kernel that
/// a buffer is a view of; null if it is not known. No two arguments have a
/// buffer in common that one of them is written through.
static Value rootOf(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewLikeOpInterface>())
    buffer = view.getViewSource();
  if (auto argument = dyn_cast<BlockArgument>(buffer))
    return argument.getOwner()
                   ->getParentOp()
                   ->hasTrait<OpTrait::IsIsolatedFromAbove>()
               ? buffer
               : Value();
  return isa<memref::AllocOp, memref::AllocaOp, memref::GetGlobalOp>(
             buffer.getDefiningOp())
             ? buffer
             : Value();
}

/// Whether `first` and `second` may have a buffer in common.
static bool meet(ArrayRef<Value> first, ArrayRef<Value> second) {
  if (first.empty() || second.empty())
    return false;
  return llvm::is_contained(first, Value()) ||
         llvm::is_contained(second, Value()) ||
         llvm::any_of(first, [&](Value buffer) {
           return llvm::is_contained(second, buffer);
         });
}

bool BufferFusion::Entry::touches(Value buffer) const {
  return meet(reads, buffer) || meet(writes, buffer);
}

BufferFusion::BufferFusion(Block &block) {
  for (Operation &op : block) {
    Entry entry{&op, {}, {}};
    auto touch = [&](Value value, bool isRead, bool isWritten) {
      if (!isa<BaseMemRefType>(value.getType()))
        return;
      if (isRead)
        entry.reads.push_back(rootOf(value));
      if (isWritten)
        entry.writes.push_back(rootOf(value));
    };
    op.walk([&](Operation *inner) {
      if (isa<ViewLikeOpInterface, memref::AllocOp>(inner))
        return;
      if (auto linalgOp = dyn_cast<linalg::LinalgOp>(inner)) {
        for (OpOperand &operand : linalgOp->getOpOperands())
          touch(operand.get(), linalgOp.payloadUsesValueFromOperand(&operand),
                linalgOp.isDpsInit(&operand));
        return;
      }
      if (auto copy = dyn_cast<memref::CopyOp>(inner)) {
        touch(copy.getSource(), true, false);
        touch(copy.getTarget(), false, true);
        return;
      }
      for (Value operand : inner->getOperands())
        touch(operand, true, !isa<memref::LoadOp>(inner));
    });
    positions[&op] = entries.size();
    entries.push_back(std::move(entry));
  }
}

bool BufferFusion::anyBetween(
    unsigned from, unsigned to,
    function_ref<bool(const Entry &)> condition) const {
  return llvm::any_of(
      ArrayRef(entries).slice(from + 1, to > from ? to - from - 1 : 0),
      condition);
}

linalg::FillOp BufferFusion::findFill(const LoopKernel &kernel) {
  const Access &output = kernel.outputs[0];
  auto type = cast<ShapedType>(output.base.getType());
  // The op must overwrite the whole fill: each dimension is one whole loop.
  for (auto [d, index] : llvm::enumerate(output.indices)) {
    int64_t covered = 1;
    for (auto [loop, c] : llvm::enumerate(index.coefficients))
      if (c != 0)
        covered = c == 1 ? covered * kernel.extents[loop] : -1;
    if (index.constant != 0 || covered != type.getDimSize(d))
      return nullptr;
  }
  Value root = rootOf(output.base);
  if (!root)
    return nullptr;
  unsigned here = positions.lookup(kernel.op);
  for (unsigned i = here; i-- > 0;) {
    if (!entries[i].touches(root))
      continue;
    auto fillOp = dyn_cast_or_null<linalg::FillOp>(entries[i].op);
    if (fillOp && fillOp.output() == output.base &&
        fillOp.value().getType() == output.getElementType())
      return fillOp;
    return nullptr;
  }
  return nullptr;
}

/// Whether `value` can be used before `op`: allocations, and views of such
/// values, can be moved.
static bool canMoveBefore(Value value, Operation *op) {
  Operation *definition = value.getDefiningOp();
  if (!definition || definition->getBlock() != op->getBlock() ||
      definition->isBeforeInBlock(op))
    return true;
  return isa<ViewLikeOpInterface, memref::AllocOp, arith::ConstantOp>(
             definition) &&
         llvm::all_of(definition->getOperands(), [&](Value operand) {
           return canMoveBefore(operand, op);
         });
}

static void moveBefore(Value value, Operation *op) {
  Operation *definition = value.getDefiningOp();
  if (!definition || definition->getBlock() != op->getBlock() ||
      definition->isBeforeInBlock(op))
    return;
  for (Value operand : definition->getOperands())
    moveBefore(operand, op);
  definition->moveBefore(op);
}

bool BufferFusion::isTouchedElsewhere(Value root,
                                      ArrayRef<unsigned> but) const {
  auto alloc = root.getDefiningOp<memref::AllocOp>();
  if (!alloc)
    return true;
  // A buffer of another block may be read there, or here in the next iteration.
  if (!positions.count(alloc))
    return true;
  // An entry without an op is a kernel that has become loops, and counts too.
  return llvm::any_of(llvm::enumerate(entries), [&](auto indexed) {
    const Entry &entry = indexed.value();
    return !llvm::is_contained(but, indexed.index()) &&
           !(fill && entry.op == fill) && entry.touches(root);
  });
}

/// Whether the entry is a contraction, or was one before it became loops.
bool BufferFusion::isKernel(const Entry &entry) {
  if (!entry.op)
    return !entry.reads.empty() || !entry.writes.empty();
  auto linalgOp = dyn_cast<linalg::LinalgOp>(entry.op);
  return isa<LoopLikeOpInterface>(entry.op) ||
         (linalgOp && linalgOp.getNumReductionLoops());
}

/// The buffers that the body of `op` loads from at indices which it computes.
static SmallVector<Value> getLoaded(linalg::GenericOp op) {
  SmallVector<Value> buffers;
  for (auto load : op.getBody()->getOps<memref::LoadOp>())
    buffers.push_back(rootOf(load.getMemRef()));
  return buffers;
}

bool BufferFusion::tryEpilogue(LoopKernel &kernel, OpOperand &operand,
                               Operation *&place) {
  auto consumer = dyn_cast<linalg::GenericOp>(operand.getOwner());
  auto found = positions.find(operand.getOwner());
  unsigned here = positions.lookup(kernel.op);
  if (!consumer || found == positions.end() || found->second <= here ||
      !consumer.hasPureBufferSemantics())
    return false;
  unsigned there = found->second;
  Entry &first = entries[here], &second = entries[there];
  Value between = rootOf(operand.get());
  // The kernel's inputs must not be overwritten while the epilogue writes, and
  // another view of the epilogue's output must not be read elsewhere.
  SmallVector<Value> kernelInputs = getLoaded(kernel.op),
                     loaded = getLoaded(consumer);
  for (const Access &input : kernel.inputs)
    if (input.base && !input.isScalar())
      kernelInputs.push_back(rootOf(input.base));
  if (!between || meet(second.writes, kernelInputs) || meet(between, loaded) ||
      meet(second.writes, loaded))
    return false;
  for (Value init : consumer.getDpsInits()) {
    if (init != operand.get() && meet(rootOf(init), between))
      return false;
    for (Value input : consumer.getInputs())
      if (isa<BaseMemRefType>(input.getType()) && input != init &&
          meet(rootOf(input), rootOf(init)))
        return false;
  }
  for (Value input : consumer.getInputs())
    if (isa<BaseMemRefType>(input.getType()) && input != operand.get() &&
        meet(rootOf(input), between))
      return false;
  // The consumer can move up, or the kernel down, if no op in between accesses
  // the same buffers.
  bool up = !anyBetween(here, there, [&](const Entry &entry) {
    return meet(entry.writes, second.reads) ||
           meet(entry.writes, second.writes) ||
           meet(entry.reads, second.writes);
  });
  llvm::SetVector<Value> needed;
  getUsedValuesDefinedAbove(consumer.getRegion(), needed);
  needed.insert(consumer->operand_begin(), consumer->operand_end());
  for (Value value : needed)
    up &= canMoveBefore(value, kernel.op);
  bool down = !anyBetween(here, there, [&](const Entry &entry) {
    return meet(entry.writes, kernelInputs) || entry.touches(between);
  });
  // Moving past another kernel would extend lifetimes beyond the plan.
  if (anyBetween(here, there, isKernel))
    return false;
  if ((!up && !down) || !attachEpilogue(kernel, operand))
    return false;
  bool isOverwritten = llvm::is_contained(second.writes, between);
  kernel.storeOutput =
      !isOverwritten && isTouchedElsewhere(between, {here, there});
  Entry &kept = up ? first : second, &gone = up ? second : first;
  kept.reads.append(gone.reads.begin(), gone.reads.end());
  kept.writes.append(gone.writes.begin(), gone.writes.end());
  gone = Entry{nullptr, {}, {}};
  if (up)
    for (Value value : needed)
      moveBefore(value, kernel.op);
  place = up ? kernel.op.getOperation() : consumer.getOperation();
  return true;
}

Operation *BufferFusion::fuse(LoopKernel &kernel) {
  fill = nullptr;
  Operation *place = kernel.op;
  if (kernel.outputs.size() != 1 || !positions.count(kernel.op))
    return place;
  fill = findFill(kernel);
  if (fill)
    kernel.fills[0] = fill.value();
  Value output = kernel.op.getDpsInitOperand(0)->get();
  // If a consumer works in place, the output is two of its operands; its input
  // counts. Consumers are in order.
  SmallVector<std::pair<unsigned, OpOperand *>> consumers;
  for (OpOperand &use : output.getUses()) {
    auto found = positions.find(use.getOwner());
    auto consumer = dyn_cast<linalg::GenericOp>(use.getOwner());
    if (found != positions.end() && consumer && consumer.isDpsInput(&use))
      consumers.push_back({found->second, &use});
  }
  llvm::sort(consumers, llvm::less_first());
  for (auto [position, use] : consumers)
    if (tryEpilogue(kernel, *use, place))
      break;
  return place;
}

void BufferFusion::erase(RewriterBase &rewriter, LoopKernel &kernel) {
  Value root = rootOf(kernel.op.getDpsInitOperand(0)->get());
  SmallVector<Operation *> replaced = {kernel.op};
  if (kernel.epilogue)
    replaced.push_back(kernel.epilogue);
  if (fill)
    replaced.push_back(fill);
  for (Operation *op : replaced) {
    // The entry that replaces the kernel keeps its accesses.
    Entry &entry = entries[positions.lookup(op)];
    entry.op = nullptr;
    if (fill && op == fill)
      entry = Entry{nullptr, {}, {}};
    positions.erase(op);
    rewriter.eraseOp(op);
  }
  if (root && root.use_empty() && root.getDefiningOp<memref::AllocOp>()) {
    auto found = positions.find(root.getDefiningOp());
    if (found != positions.end()) {
      entries[found->second].op = nullptr;
      positions.erase(found);
    }
    rewriter.eraseOp(root.getDefiningOp());
  }
}
