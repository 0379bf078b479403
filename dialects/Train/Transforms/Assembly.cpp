//===- Assembly.cpp - Weights that are joined from slices -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/Assembly.h"

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Quant/IR/Quant.h"

using namespace mlir;
using namespace coppice;

bool coppice::train::assembles(Operation *op) {
  if (!isa<nn::ConcatOp, nn::GatherOp, quant::StorageCastOp>(op))
    return false;
  return llvm::all_of(op->getOperands(), [](Value operand) {
    Operation *source = operand.getDefiningOp();
    return source &&
           (isa<ReadOp, arith::ConstantOp>(source) || assembles(source));
  });
}

bool coppice::train::storesAssembly(Operation *op) {
  if (!isa<quant::StorageCastOp>(op))
    return true;
  Operation *source = op->getOperand(0).getDefiningOp();
  return source && assembles(source) && storesAssembly(source);
}
