//===- UpdatePlanner.h - The bytes that an update needs -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_UPDATEPLANNER_H
#define COPPICE_LIB_RUNTIME_UPDATEPLANNER_H

#include "lib/Runtime/Contribution.h"
#include "lib/Runtime/Session.h"

namespace coppice::runtime {

/// Plans one model with many schemes. The phases before the step run once.
class UpdatePlanner {
public:
  static llvm::Expected<UpdatePlanner> create(const ModelOptions &model,
                                              const StepOptions &step);

  /// Returns the bytes of arena and state with `update`. If they exceed
  /// `budget`, the error names the tensors that are live.
  llvm::Expected<int64_t> plan(llvm::StringRef update,
                               std::optional<uint64_t> budget = std::nullopt);

  /// Returns, by symbol, the bytes of each tensor of the state that training
  /// all of a weight or bias needs. Tensors after the first are its slots.
  llvm::Expected<llvm::StringMap<llvm::SmallVector<int64_t>>> measureState();

  llvm::SmallVector<train::Layer> findLayers() {
    return findSchemeLayers(session.getModule());
  }
  int64_t getPlans() const { return plans; }

private:
  UpdatePlanner(Session session, CompileOptions options)
      : session(std::move(session)), options(std::move(options)) {}
  /// Runs the phases from the step's to `last` on a copy.
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
  lower(llvm::StringRef update, Phase last, std::optional<uint64_t> budget);

  Session session;
  CompileOptions options;
  int64_t plans = 0;
};

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_UPDATEPLANNER_H
