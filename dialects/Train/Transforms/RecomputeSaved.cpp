//===- RecomputeSaved.cpp - Joins slices again for each reader --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Transforms/Assembly.h"
#include "dialects/Train/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINRECOMPUTESAVED
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
/// Copies the ops that join the slices of `value` in front of `reader`.
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

struct RecomputeSaved : impl::TrainRecomputeSavedBase<RecomputeSaved> {
  using TrainRecomputeSavedBase::TrainRecomputeSavedBase;

  void runOnOperation() override {
    if (failed(dropEdges()))
      return signalPassFailure();
    SmallVector<Operation *> weights;
    getOperation().walk([&](Operation *op) {
      if (assembles(op) && storesAssembly(op))
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
      // The ops that are there already serve the first reader.
      llvm::sort(readers, [](OpOperand *a, OpOperand *b) {
        return a->getOwner()->isBeforeInBlock(b->getOwner());
      });
      for (OpOperand *reader : llvm::drop_begin(readers))
        reader->set(rebuild(value, reader->getOwner()));
    }
  }

private:
  LogicalResult dropEdges() {
    bool failed = false;
    getOperation().walk([&](SavedOp saved) {
      if (!isa<RecomputeAttr>(saved.getPolicy()))
        return;
      Operation *value = saved.getValue().getDefiningOp();
      if (!value || !assembles(value)) {
        saved.emitOpError("cannot be recomputed: its value is not computed "
                          "from parameters and constants by moving elements");
        failed = true;
        return;
      }
      saved.replaceAllUsesWith(saved.getValue());
      saved.erase();
    });
    return failure(failed);
  }
};
} // namespace
} // namespace coppice::train
