//===- KernelUnits.h - Groups ops into kernels ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELUNITS_H
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELUNITS_H

#include "dialects/Plan/Interfaces/PlanningInterface.h"

namespace coppice::plan {

/// Whether `op` is a constant or a read of a parameter. No op has to come
/// before it, its bytes are not in the arena, and it is placed right before its
/// first user.
bool isFloating(mlir::Operation &op);

/// Returns the value that `result` is a view or a part of; null if it has bytes
/// of its own.
mlir::Value getViewSource(mlir::OpResult result);

/// Whether consumers compute `op` as they load.
bool isComputedByReaders(mlir::Operation *op);

/// Returns the values that `op` and its regions use.
llvm::SmallVector<mlir::Value> getUsed(mlir::Operation *op);

/// Whether `op` has code of its own; a view has none.
bool hasCode(mlir::Operation *op);

/// Whether the kernel of `op` keeps elements in its result's place before it
/// has read what follows it.
bool keepsInResult(mlir::Operation *op, const TargetRecord &target);

/// Whether `op` is a constant or a view of one. Every kernel that reads it has
/// a copy, so that ops of the kernel on it are folded.
bool isConstant(mlir::Operation *op);

/// Returns the values that `op` and its regions load. For an operand that
/// consumers compute, these are the operands of its producer.
llvm::SmallVector<mlir::Value> getLoaded(mlir::Operation *op);

/// Moves the constants and reads of parameters that `op` uses before `end`, in
/// the block of `end`, except those in `placed`.
void placeFloating(mlir::Operation *op, mlir::Operation *end,
                   llvm::DenseSet<mlir::Operation *> &placed);

/// Groups ops of a block that become one kernel and therefore stay together: a
/// tree of ops that join their producers, with at most one contraction. Each
/// unit comes after the units that it reads.
class KernelUnits {
public:
  explicit KernelUnits(mlir::Block &block);

  uint32_t size() const { return units.size(); }
  /// In the order of the block; the last one gives the unit's result.
  llvm::ArrayRef<mlir::Operation *> operator[](uint32_t unit) const {
    return units[unit];
  }
  /// Returns the unit of an op of the block; nullopt for a constant or a read
  /// of a parameter, and for an op that all consumers compute.
  std::optional<uint32_t> find(mlir::Operation *op) const;
  /// Whether one op of a unit produces `value`, and only ops of the same unit
  /// read it.
  bool isInside(mlir::Value value) const;

private:
  llvm::SmallVector<mlir::Operation *> getReaders(mlir::Value value) const;
  bool hasOneReader(mlir::Value value) const;
  llvm::SmallVector<mlir::Operation *> getJoiners(mlir::Operation *op) const;
  std::optional<uint32_t> findConsumer(mlir::Operation *op) const;
  std::optional<uint32_t> findEpilogue(mlir::Operation *op) const;
  void sortByPosition();
  void sortByReads();
  void reorder(llvm::ArrayRef<uint32_t> order);
  llvm::SmallVector<uint32_t> getSources(uint32_t unit) const;
  bool isIndependent(uint32_t unit, mlir::Operation *op) const;
  bool canAbsorb(uint32_t unit, mlir::Operation *contraction) const;
  bool holdsMore(uint32_t unit, mlir::Operation *contraction) const;
  bool dependsOn(mlir::Operation *op, mlir::Operation *other) const;

  llvm::SmallVector<llvm::SmallVector<mlir::Operation *, 2>> units;
  /// Whether the unit is a contraction and what follows in its registers.
  llvm::SmallVector<bool> contractions;
  llvm::DenseMap<mlir::Operation *, uint32_t> numbers;
  llvm::DenseMap<mlir::Operation *, unsigned> positions;
};

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELUNITS_H
