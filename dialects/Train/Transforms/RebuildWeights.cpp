//===- RebuildWeights.cpp - Readers put their weight together ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINREBUILDWEIGHTS
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
/// Whether `op` only moves what parameters hold: concatenations and gathers of
/// reads, down to the reads themselves.
bool assembles(Operation *op) {
  if (!isa<nn::ConcatOp, nn::GatherOp, quant::StorageCastOp>(op))
    return false;
  return llvm::all_of(op->getOperands(), [](Value operand) {
    Operation *source = operand.getDefiningOp();
    return source &&
           (isa<ReadOp, arith::ConstantOp>(source) || assembles(source));
  });
}

/// Copies what assembles `value` in front of `reader`.
Value rebuild(Value value, Operation *reader) {
  Operation *op = value.getDefiningOp();
  if (!assembles(op))
    return value;
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, rebuild(operand, reader));
  OpBuilder builder(reader);
  return builder.clone(*op, mapping)
      ->getResult(cast<OpResult>(value).getResultNumber());
}

/// Whether a value of the assembly is stored: a cast of a parameter is not.
bool isStored(Operation *op) {
  if (!isa<quant::StorageCastOp>(op))
    return true;
  Operation *source = op->getOperand(0).getDefiningOp();
  return source && assembles(source) && isStored(source);
}

struct RebuildWeights : impl::TrainRebuildWeightsBase<RebuildWeights> {
  using TrainRebuildWeightsBase::TrainRebuildWeightsBase;

  void runOnOperation() override {
    SmallVector<Operation *> weights;
    getOperation().walk([&](Operation *op) {
      if (assembles(op) && isStored(op))
        weights.push_back(op);
    });
    for (Operation *weight : weights) {
      Value value = weight->getResult(0);
      SmallVector<OpOperand *> readers;
      for (OpOperand &use : value.getUses())
        if (!assembles(use.getOwner()) &&
            use.getOwner()->getBlock() == weight->getBlock())
          readers.push_back(&use);
      if (readers.size() < 2)
        continue;
      // The copy that is there already stands in front of the first one.
      llvm::sort(readers, [](OpOperand *a, OpOperand *b) {
        return a->getOwner()->isBeforeInBlock(b->getOwner());
      });
      for (OpOperand *reader : llvm::drop_begin(readers))
        reader->set(rebuild(value, reader->getOwner()));
    }
  }
};
} // namespace
} // namespace coppice::train
