//===- BackwardPass.cpp - The backward ops of a step ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Analysis/BackwardPass.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

/// Returns the arguments of `function` that saved values depend on.
static llvm::DenseSet<Value> findSavedArguments(func::FuncOp function) {
  llvm::DenseSet<Value> seen, arguments;
  SmallVector<Value> next;
  function.walk([&](SavedOp saved) { next.push_back(saved.getValue()); });
  while (!next.empty()) {
    Value value = next.pop_back_val();
    if (!seen.insert(value).second)
      continue;
    if (Operation *def = value.getDefiningOp())
      llvm::append_range(next, def->getOperands());
    else
      arguments.insert(value);
  }
  return arguments;
}

BackwardPass::BackwardPass(func::FuncOp function) : function(function) {
  if (function.isDeclaration())
    return;
  forward = findSavedArguments(function);
  auto isIn = [](const llvm::DenseSet<Value> &set) {
    return [&set](Value value) { return set.contains(value); };
  };
  // The walk visits an op after the ops that define its operands.
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<SavedOp>(op) || llvm::any_of(op->getOperands(), isIn(backward)))
      backward.insert_range(op->getResults());
    else if (llvm::any_of(op->getOperands(), isIn(forward)))
      forward.insert_range(op->getResults());
  });
}

SmallVector<OpOperand *> BackwardPass::findUnsavedReads() const {
  SmallVector<OpOperand *> reads;
  func::FuncOp function = this->function;
  function.walk([&](Operation *op) {
    // An op without results (a return or a write) is not part of a gradient.
    if (isa<SavedOp>(op) || op->getNumResults() == 0 ||
        !isBackward(op->getResult(0)))
      return;
    for (OpOperand &operand : op->getOpOperands())
      if (isForward(operand.get()))
        reads.push_back(&operand);
  });
  return reads;
}
