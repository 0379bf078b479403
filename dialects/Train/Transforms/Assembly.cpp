//===- Assembly.cpp - Weights that are joined from slices -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/Assembly.h"

#include "dialects/LowP/Interfaces/CodesInterface.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Quant/IR/Quant.h"

using namespace mlir;
using namespace coppice;

/// Whether the elements of the result are elements of several operands, or
/// those of one that another operand selects.
static bool joins(Operation *op) {
  auto codes = dyn_cast<lowp::CodesOpInterface>(op);
  if (!codes || op->getNumOperands() < 2)
    return false;
  lowp::IntegerForm form = codes.getIntegerForm();
  return form == lowp::IntegerForm::move || form == lowp::IntegerForm::gather;
}

bool coppice::train::assembles(Operation *op) {
  if (!joins(op) && !isa<quant::StorageCastOp>(op))
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
