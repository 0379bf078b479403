//===- PlanningInterface.h - Memory of an op's kernel -----------*- C++ -*-===//
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

/// The tensors that a stage of a kernel needs at the same time.
struct ScratchStage {
  llvm::SmallVector<mlir::RankedTensorType, 4> tensors;
  /// Whether the op's results are live in this stage.
  bool withResults = true;
  /// A tensor of this stage that the kernel keeps in its result's place if the
  /// result has the same type; null if there is none.
  mlir::RankedTensorType inResult = nullptr;
};

/// An operand that is a part of a result, and its offsets there.
struct Part {
  unsigned operand;
  llvm::SmallVector<int64_t> offsets;
};

/// The widths of a border around an image, along each axis.
struct Border {
  llvm::SmallVector<int64_t, 4> low, high;
  /// Whether the elements are the lowest value; otherwise they are zeros.
  bool isLowest = false;
};

/// Returns the type in which a tensor is stored: codes are integers.
mlir::Type getStoredType(mlir::Type type);

/// Returns the bytes of a tensor's elements; signed and unsigned integers are
/// stored as signless ones. 0 for a type without static shape.
int64_t getStoredBytes(mlir::Type type);

} // namespace coppice::plan

#include "dialects/Plan/Interfaces/PlanningInterface.h.inc"

namespace coppice::plan {

/// Returns the bytes that `op` needs beyond its operands and `resultBytes`, in
/// a kernel with results of the types `results`.
int64_t getScratchBytes(PlanningOpInterface op, const TargetRecord &target,
                        int64_t resultBytes, mlir::TypeRange results);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_INTERFACES_PLANNINGINTERFACE_H
