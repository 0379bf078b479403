//===- Epilogue.cpp - Elementwise consumers in registers --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/LoopKernel.h"

using namespace mlir;
using namespace coppice::kernels;

/// Matches the loops of a consumer with those of the kernel: loop e of the
/// consumer, which reads the kernel's output by `map`, is loop result[e] of the
/// kernel.
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
  auto rename = [&](LinearIndex &index) {
    SmallVector<int64_t> renamed(kernel.extents.size(), 0);
    for (auto [e, c] : llvm::enumerate(index.coefficients))
      renamed[(*toKernel)[e]] = c;
    index.coefficients = std::move(renamed);
  };
  SmallVector<BodyIndex> indices = detail::findIndices(consumer);
  for (BodyIndex &index : indices)
    rename(index.index);
  for (auto [i, input] : llvm::enumerate(inputs)) {
    llvm::for_each(input.indices, rename);
    if (i == operand.getOperandNumber() ||
        consumer.getBody()->getArgument(i).use_empty())
      input = Access();
  }
  for (Access &output : outputs) {
    llvm::for_each(output.indices, rename);
    // An input that is overwritten in place must be read at the index that is
    // written.
    for (const Access &input : inputs)
      if (input.base && input.base == output.base && !input.sameIndices(output))
        return false;
    // The same is true of the accumulators.
    if (output.base == operand.get() && !output.sameIndices(kernel.outputs[0]))
      return false;
  }
  kernel.epilogue = consumer;
  kernel.epilogueIndices = std::move(indices);
  kernel.epilogueInputs = std::move(inputs);
  kernel.epilogueOutputs = std::move(outputs);
  return true;
}
