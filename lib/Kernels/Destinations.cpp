//===- Destinations.cpp - What ops of a body write over ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Destinations.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;
using bufferization::MaterializeInDestinationOp;

OpOperand *coppice::kernels::getWrittenOver(OpResult value) {
  Operation *op = value.getOwner();
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return &insert.getDestMutable();
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return loop.getTiedLoopInit(value);
  if (auto dps = dyn_cast<DestinationStyleOpInterface>(op))
    return dps.getTiedOpOperand(value);
  return nullptr;
}

void coppice::kernels::startFrom(RewriterBase &rewriter, OpOperand &operand,
                                 Value value) {
  auto empty = operand.get().getDefiningOp<tensor::EmptyOp>();
  rewriter.modifyOpInPlace(operand.getOwner(), [&] { operand.assign(value); });
  if (empty && empty->use_empty())
    rewriter.eraseOp(empty);
}

bool coppice::kernels::overwrites(OpOperand &operand) {
  auto op = dyn_cast<linalg::GenericOp>(operand.getOwner());
  return op && op.isDpsInit(&operand) &&
         !op.payloadUsesValueFromOperand(&operand);
}

bool coppice::kernels::isWritten(OpOperand &use) {
  auto tie = dyn_cast<MaterializeInDestinationOp>(use.getOwner());
  auto insert = dyn_cast<tensor::InsertSliceOp>(use.getOwner());
  // An insertion of all elements reads none of the old ones.
  if (insert && use == insert.getDestMutable())
    return insert.getSourceType().getNumElements() ==
           insert.getDestType().getNumElements();
  return (tie && use == tie.getDestMutable()) || overwrites(use);
}

SmallVector<OpOperand *> coppice::kernels::getUses(Value value) {
  SmallVector<OpOperand *> uses;
  SmallVector<Value> names{value};
  while (!names.empty())
    for (OpOperand &use : names.pop_back_val().getUses()) {
      if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp,
              tensor::ExtractSliceOp>(use.getOwner()))
        names.push_back(use.getOwner()->getResult(0));
      else
        uses.push_back(&use);
    }
  return uses;
}

bool coppice::kernels::isBefore(OpOperand &use, Operation *op) {
  Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*use.getOwner());
  return ancestor && (ancestor == op || ancestor->isBeforeInBlock(op));
}
