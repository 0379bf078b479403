//===- BlockProblem.h - The ordering problem of a block ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_BLOCKPROBLEM_H
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_BLOCKPROBLEM_H

#include "coppice/Planning/Ordering.h"
#include "dialects/Plan/Analysis/Lifetimes.h"
#include "dialects/Plan/Transforms/Places.h"
#include "dialects/Plan/Transforms/ViewLayouts.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"

namespace coppice::plan {

/// The ordering problem of a block. An op of the problem is a unit: a kernel, a
/// view or another op of the block. A storage is a buffer that a unit writes.
class BlockProblem {
public:
  BlockProblem(mlir::Block &block, const TargetRecord &target);

  /// Reorders the block, and writes on each kernel how much scratch it has.
  void apply(llvm::ArrayRef<uint32_t> order);

  const Places &getPlaces() const { return places; }
  /// The tie that gives `value`, which a kernel writes into the tie's
  /// destination; null if there is none.
  mlir::bufferization::MaterializeInDestinationOp
  getTie(mlir::Value value) const {
    return ties.lookup(value);
  }
  /// The operands that results take the place of in `order`, by result.
  llvm::DenseMap<mlir::Value, mlir::Value>
  getOverwritten(llvm::ArrayRef<uint32_t> order) const;

  planning::OrderingProblem problem;

private:
  using Storages = llvm::SmallVector<uint32_t, 1>;

  void addUnit(mlir::Operation *unit);
  void addResult(mlir::OpResult result, planning::OrderedOp &ordered);
  void addView(mlir::OpResult result, mlir::Value source,
               planning::OrderedOp &ordered);
  void addOverwrites(mlir::Operation *unit, planning::OrderedOp &ordered);
  std::optional<uint32_t> find(mlir::Operation *op) const;
  uint32_t addStorage(mlir::Value value, int64_t bytes);
  unsigned countReads(KernelOp kernel, uint32_t storage) const;
  Storages lookup(mlir::Value value) const { return storages.lookup(value); }
  /// A unit, and the value through which it reads.
  struct Reader {
    uint32_t op;
    mlir::Value name;
  };
  std::optional<llvm::SmallVector<Reader>> getReaders(mlir::Value old) const;
  bool placeInArgument(mlir::bufferization::MaterializeInDestinationOp tie);
  bool dependsOn(uint32_t op, uint32_t other) const;

  mlir::Block &block;
  const TargetRecord &target;
  llvm::SmallVector<mlir::Operation *> units;
  Places places;
  ViewLayouts layouts;
  llvm::DenseMap<mlir::Operation *, uint32_t> numbers;
  llvm::DenseMap<mlir::Value, mlir::bufferization::MaterializeInDestinationOp>
      ties;
  llvm::DenseMap<mlir::Value, Storages> storages;
  /// The value that each storage was made for, and the unit that writes it.
  llvm::SmallVector<mlir::Value> owners;
  llvm::SmallVector<uint32_t> definers;
  std::optional<uint32_t> lastEffect;
  BufferNames names, unitNames;
};

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_BLOCKPROBLEM_H
