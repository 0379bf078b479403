//===- PlanningInterface.h - What an op's kernel needs ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_INTERFACES_PLANNINGINTERFACE_H
#define COPPICE_DIALECTS_PLAN_INTERFACES_PLANNINGINTERFACE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"

#include <optional>

namespace coppice {
struct TargetRecord;
} // namespace coppice

namespace coppice::plan {

/// What a part of a kernel needs at a time.
struct ScratchStage {
  llvm::SmallVector<mlir::RankedTensorType, 4> tensors;
  /// Whether the op's results are there already, or still needed.
  bool withResults = true;
};

/// An operand that is a part of a result, and where it begins there.
struct Part {
  unsigned operand;
  llvm::SmallVector<int64_t> offsets;
};

/// Elements around an image, along each axis.
struct Border {
  llvm::SmallVector<int64_t, 4> low, high;
  /// Whether they are below all others; else zeros.
  bool isLowest = false;
};

/// The bytes of a tensor's elements; signed and unsigned integers are stored as
/// signless ones. 0 for what has no static shape.
int64_t getStoredBytes(mlir::Type type);

} // namespace coppice::plan

#include "dialects/Plan/Interfaces/PlanningInterface.h.inc"

namespace coppice::plan {

/// The bytes that `op` needs beyond its operands and `resultBytes`.
int64_t getScratchBytes(PlanningOpInterface op, const TargetRecord &target,
                        int64_t resultBytes);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_INTERFACES_PLANNINGINTERFACE_H
