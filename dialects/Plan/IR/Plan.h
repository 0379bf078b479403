//===- Plan.h - The memory plan as IR ---------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_IR_PLAN_H
#define COPPICE_DIALECTS_PLAN_IR_PLAN_H

#include "coppice/Planning/Arena.h"
#include "coppice/Planning/Packing.h"
#include "dialects/Coppice/IR/Names.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Plan/IR/PlanOpsDialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/Plan/IR/PlanOps.h.inc"

namespace coppice::plan {

/// The alignment of the arena, of the state and of every buffer in them.
constexpr int64_t kAlignment = planning::kArenaAlignment;

/// Returns the bytes of a static memref with identity layout; nullopt for
/// others.
std::optional<int64_t> getStaticBytes(mlir::MemRefType type);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_IR_PLAN_H
