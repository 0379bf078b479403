//===- Train.h - Parameters, gradients and optimizer steps -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_IR_TRAIN_H
#define COPPICE_DIALECTS_TRAIN_IR_TRAIN_H

#include "dialects/LowP/IR/LowP.h"
#include "dialects/Train/Interfaces/GradientInterface.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Train/IR/TrainOpsDialect.h.inc"

#include "dialects/Train/IR/TrainOpsEnums.h.inc"

#include "dialects/Train/IR/TrainOpsAttrInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Train/IR/TrainOpsAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/Train/IR/TrainOps.h.inc"

namespace coppice::train {

/// Whether `op` asks for ops that `train` passes build: a gradient, an update.
inline bool isRequest(mlir::Operation *op) {
  return llvm::isa<GradientOp, UpdateOp>(op);
}

/// Whether `op` reads or writes a parameter.
inline bool accessesParameter(mlir::Operation *op) {
  return llvm::isa<ReadOp, WriteOp>(op);
}

/// Returns the location of an op that belongs to `part` of the step and serves
/// the op or value located at `of`.
mlir::Location inPart(StepPart part, mlir::Location of);

/// Returns the part of the step that a location made by `inPart` names.
std::optional<StepPart> getPart(mlir::FusedLoc loc);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_IR_TRAIN_H
