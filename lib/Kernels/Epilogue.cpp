//===- Epilogue.cpp - Elementwise consumers in registers --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/LoopKernel.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace coppice::kernels;

/// Loop e of a consumer that reads the kernel's output by `map` is loop
/// result[e] of the kernel.
static std::optional<SmallVector<unsigned>> matchLoops(const LoopKernel &kernel,
                                                       AffineMap map) {
  if (!map.isPermutation() ||
      map.getNumDims() != llvm::count(kernel.reduction, false))
    return std::nullopt;
  SmallVector<unsigned> toKernel(map.getNumDims());
  for (auto [i, index] : llvm::enumerate(kernel.outputs[0].indices)) {
    int64_t loop = -1;
    for (auto [d, c] : llvm::enumerate(index.coefficients)) {
      if (c == 0)
        continue;
      if (c != 1 || loop != -1)
        return std::nullopt;
      loop = d;
    }
    if (loop == -1 || index.constant != 0)
      return std::nullopt;
    toKernel[map.getDimPosition(i)] = loop;
  }
  return toKernel;
}

bool coppice::kernels::attachEpilogue(LoopKernel &kernel, OpOperand &operand) {
  auto consumer = dyn_cast<linalg::GenericOp>(operand.getOwner());
  std::string whyNot;
  SmallVector<Access> inputs, outputs;
  if (!consumer || kernel.outputs.size() != 1 ||
      !consumer.isDpsInput(&operand) || consumer.getNumReductionLoops() != 0 ||
      !detail::hasVectorBody(consumer, whyNot) ||
      !detail::makeAccesses(consumer, inputs, outputs, whyNot) ||
      llvm::count(consumer.getInputs(), operand.get()) != 1)
    return false;
  std::optional<SmallVector<unsigned>> toKernel =
      matchLoops(kernel, consumer.getMatchingIndexingMap(&operand));
  if (!toKernel)
    return false;
  auto rename = [&](Access &access) {
    for (LinearIndex &index : access.indices) {
      SmallVector<int64_t> renamed(kernel.extents.size(), 0);
      for (auto [e, c] : llvm::enumerate(index.coefficients))
        renamed[(*toKernel)[e]] = c;
      index.coefficients = std::move(renamed);
    }
  };
  for (auto [i, input] : llvm::enumerate(inputs)) {
    rename(input);
    if (i == operand.getOperandNumber() ||
        consumer.getBody()->getArgument(i).use_empty())
      input = Access();
  }
  for (auto [i, output] : llvm::enumerate(outputs)) {
    rename(output);
    // An input that is overwritten in place must be read where it is written.
    for (Access &input : inputs) {
      if (!input.base || input.base != output.base)
        continue;
      if (!input.sameIndices(output))
        return false;
      input.sameAsOutput = i;
    }
    // Likewise the accumulators themselves.
    if (output.base == operand.get() && !output.sameIndices(kernel.outputs[0]))
      return false;
  }
  kernel.epilogue = consumer;
  kernel.epilogueInputs = std::move(inputs);
  kernel.epilogueOutputs = std::move(outputs);
  return true;
}

//===----------------------------------------------------------------------===//
// On tensors
//===----------------------------------------------------------------------===//

/// The first elementwise consumer of `kernel`'s result that has the kernel's
/// parallel loops as its own; returns its operand.
static OpOperand *findEpilogue(const LoopKernel &kernel, Value result) {
  OpOperand *found = nullptr;
  Block *block = result.getDefiningOp()->getBlock();
  for (OpOperand &use : result.getUses()) {
    auto consumer = dyn_cast<linalg::GenericOp>(use.getOwner());
    if (!consumer || consumer->getBlock() != block ||
        !consumer.isDpsInput(&use) || consumer.getNumReductionLoops() != 0 ||
        !consumer.hasPureTensorSemantics() ||
        consumer.getNumLoops() !=
            static_cast<unsigned>(llvm::count(kernel.reduction, false)) ||
        !consumer.getMatchingIndexingMap(&use).isPermutation())
      continue;
    if (!found || consumer->isBeforeInBlock(found->getOwner()))
      found = &use;
  }
  return found;
}

/// Whether everything that `consumer` needs but `op`'s results is there before
/// `op`. Empty tensors can be moved.
static bool canHoist(linalg::GenericOp consumer, linalg::GenericOp op) {
  llvm::SetVector<Value> needed;
  getUsedValuesDefinedAbove(consumer.getRegion(), needed);
  needed.insert(consumer->operand_begin(), consumer->operand_end());
  auto isBefore = [&](Operation *other) {
    Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*other);
    return !ancestor || ancestor->isBeforeInBlock(op);
  };
  for (Value value : needed) {
    Operation *definition = value.getDefiningOp();
    if (definition && definition != op && !isa<tensor::EmptyOp>(definition) &&
        !isBefore(definition))
      return false;
  }
  return true;
}

/// Whether `op` can be computed at `consumer`'s place: no other use comes
/// earlier, and not so much lies between that op's operands would live much
/// longer.
static bool canSink(linalg::GenericOp op, linalg::GenericOp consumer) {
  Block *block = op->getBlock();
  for (Operation *user : op->getUsers()) {
    Operation *ancestor = block->findAncestorOpInBlock(*user);
    if (!ancestor ||
        (ancestor != consumer && ancestor->isBeforeInBlock(consumer)))
      return false;
  }
  int between = 0;
  for (Operation *next = op->getNextNode(); next != consumer;
       next = next->getNextNode()) {
    auto linalgOp = dyn_cast<linalg::LinalgOp>(next);
    if (isa<scf::ForOp>(next) ||
        (linalgOp && linalgOp.getNumReductionLoops() != 0))
      ++between;
  }
  return between <= 2;
}

Operation *coppice::kernels::absorbEpilogue(LoopKernel &kernel) {
  if (!kernel.onTensors() || kernel.op.getNumResults() != 1)
    return kernel.op;
  Value result = kernel.op.getResult(0);
  OpOperand *operand = findEpilogue(kernel, result);
  if (!operand)
    return kernel.op;
  auto consumer = cast<linalg::GenericOp>(operand->getOwner());
  // Bufferization cannot prove that loops over a state tensor are in place when
  // `bufferization.materialize_in_destination` follows; a whole op can be.
  for (Value init : consumer.getDpsInits())
    if (!init.getDefiningOp<tensor::EmptyOp>())
      return kernel.op;
  bool hoist = canHoist(consumer, kernel.op);
  if ((!hoist && !canSink(kernel.op, consumer)) ||
      !attachEpilogue(kernel, *operand))
    return kernel.op;
  kernel.storeOutput = !result.hasOneUse();
  if (!hoist)
    return consumer;
  for (Value operand : consumer->getOperands())
    if (auto empty = operand.getDefiningOp<tensor::EmptyOp>())
      if (empty->getBlock() == kernel.op->getBlock() &&
          kernel.op->isBeforeInBlock(empty))
        empty->moveBefore(kernel.op);
  return kernel.op;
}
