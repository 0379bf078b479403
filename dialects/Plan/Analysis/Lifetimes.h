//===- Lifetimes.h - Lifetimes of buffers -----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_ANALYSIS_LIFETIMES_H
#define COPPICE_DIALECTS_PLAN_ANALYSIS_LIFETIMES_H

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"

#include <optional>

namespace coppice::plan {

/// An inclusive range of steps.
struct Lifetime {
  int64_t first = 0;
  int64_t last = 0;
};

/// The steps of the entry block of a function, or of the body of a kernel, and
/// the lifetimes of buffers over them. A step is an op that may access memory.
/// Views, allocations and constants are not steps, so planning does not change
/// the count.
class Lifetimes {
public:
  /// `owner` is the function or the kernel.
  explicit Lifetimes(mlir::Operation *owner);

  int64_t getNumSteps() const { return steps.size(); }
  mlir::Operation *getStep(int64_t step) const { return steps[step]; }

  /// Returns the range from the first to the last use of `root` or a view of
  /// it; nullopt if it has no use. Fails, with a diagnostic at the use, if the
  /// buffer leaves the function or its address is taken.
  mlir::FailureOr<std::optional<Lifetime>> get(mlir::Value root) const;

private:
  mlir::Block *entry;
  llvm::SmallVector<mlir::Operation *> steps;
  llvm::DenseMap<mlir::Operation *, int64_t> numbers;
  mlir::BufferViewFlowAnalysis views;
};

/// Makes readable, unique names of buffers from locations.
class BufferNames {
public:
  /// Returns the name in `loc`, or that of the first op that writes `buffer`,
  /// made unique by a counter.
  std::string get(mlir::Value buffer);
  /// Returns `base`, made unique.
  std::string getUnique(llvm::StringRef base);

private:
  llvm::StringSet<> taken;
  /// The last number given, by base.
  llvm::StringMap<unsigned> numbers;
};

/// The part of the step that an op belongs to, from its location.
enum class Role { Forward, Loss, Gradient, Update };

/// Returns the part that the train phase stored in a location.
Role getRole(mlir::Location loc);

/// Returns the name in a location: of fused ones the first; empty if there is
/// none. The name of an op in the gradient of `conv1` is `conv1.gradient`.
std::string getName(mlir::Location loc);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_ANALYSIS_LIFETIMES_H
