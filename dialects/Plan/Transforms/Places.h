//===- Places.h - Values that are made as parts of others -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_PLACES_H
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_PLACES_H

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"

namespace coppice::plan {

/// The ops of a unit: those of a kernel's body, or the op itself.
llvm::SmallVector<mlir::Operation *> getMembers(mlir::Operation *unit);

/// The result of the op that makes `value`, in a kernel or not; null if no op
/// does.
mlir::OpResult getMade(mlir::Value value);

/// The value that `value` is another name of or a part of; null if it has bytes
/// of its own.
mlir::Value getSource(mlir::Value value);

/// `value` without the casts between codes and the integers that they are.
mlir::Value stripCasts(mlir::Value value);

/// Whether the producer of `value` can write it to any place that a consumer
/// needs.
bool isMadeInPlace(mlir::Value value);

/// The values that the kernels of a block make as parts of other values. A
/// kernel that does nothing but put parts together, a concatenation or an image
/// with its border, is a *whole*: the kernels of its parts write them where
/// they will be.
class Places {
public:
  /// A value of the block, and where it begins in a whole.
  struct PlacedValue {
    mlir::Value value;
    llvm::SmallVector<int64_t> offsets;
  };
  /// An op that puts parts together, and where its result begins in the whole.
  struct PlacedOp {
    PlanningOpInterface op;
    llvm::SmallVector<int64_t> offsets;
  };
  struct Whole {
    /// In the order of the operands.
    llvm::SmallVector<PlacedValue> parts;
    /// Before what they hold.
    llvm::SmallVector<PlacedOp> ops;
  };

  explicit Places(llvm::ArrayRef<mlir::Operation *> units);

  /// The whole that `value` is made in; null if there is none.
  mlir::Value getWhole(mlir::Value value) const {
    return wholeOf.lookup(value);
  }
  /// The outermost whole that `value` is made in; null if there is none.
  mlir::Value getOutermost(mlir::Value value) const;
  /// Returns the parts of `value` if one of them is made in place; else null.
  const Whole *find(mlir::Value value) const;

private:
  llvm::DenseMap<mlir::Value, mlir::Value> wholeOf;
  llvm::DenseMap<mlir::Value, Whole> wholes;
};

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_PLACES_H
