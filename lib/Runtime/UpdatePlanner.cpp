//===- UpdatePlanner.cpp - The bytes that an update needs -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/UpdatePlanner.h"

#include "dialects/Plan/Analysis/Reserve.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"
#include "dialects/Train/Transforms/LatentWeights.h"

using namespace llvm;

namespace coppice::runtime {

Expected<UpdatePlanner> UpdatePlanner::create(const ModelOptions &model,
                                              const StepOptions &step) {
  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  CompileOptions options = compileOptions(model);
  options.dumpFolder.clear();
  options.plan = {};
  applyStep(step, options);
  if (Error error = session->lower(Phase::Quant, options))
    return std::move(error);
  return UpdatePlanner(std::move(*session), std::move(options));
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
UpdatePlanner::lower(StringRef update, Phase last,
                     std::optional<uint64_t> budget) {
  // The command itself warns later; do not warn for each plan.
  mlir::ScopedDiagnosticHandler quiet(
      session.getContext(), [](mlir::Diagnostic &diagnostic) {
        return mlir::success(diagnostic.getSeverity() !=
                             mlir::DiagnosticSeverity::Error);
      });
  mlir::OwningOpRef<mlir::ModuleOp> module = session.getModule().clone();
  options.train.update = update.str();
  options.plan.ramBudget = budget;
  if (failed(runPhases(*module, Phase::Train, last, options)))
    return session.takeError();
  return std::move(module);
}

Expected<int64_t> UpdatePlanner::plan(StringRef update,
                                      std::optional<uint64_t> budget) {
  ++plans;
  auto module = lower(update, Phase::Plan, budget);
  if (!module)
    return module.takeError();
  return plan::getLargestReserve(**module).total();
}

Expected<StringMap<SmallVector<int64_t>>> UpdatePlanner::measureState() {
  auto module = lower("full", Phase::Train, std::nullopt);
  if (!module)
    return module.takeError();
  DenseSet<mlir::Attribute> written;
  (*module)->walk([&](train::WriteOp write) {
    written.insert(write.getParameterAttr().getAttr());
  });
  StringMap<SmallVector<int64_t>> bytes;
  for (auto parameter : (*module)->getOps<train::ParameterOp>()) {
    if (!written.contains(parameter.getSymNameAttr()))
      continue;
    // Find the parameter @w of a slot, such as @w.momentum, or of a float copy.
    StringRef owner = parameter.getSymName();
    bool isOwn = parameter.getRole() == train::ParameterRole::weight &&
                 !train::getLatentType(parameter);
    auto add = [&](StringRef name) {
      bytes[name].push_back(plan::getStoredBytes(parameter.getType()));
    };
    if (isOwn) {
      add(owner);
      continue;
    }
    // The suffix of a slot may contain dots.
    while (owner.contains('.')) {
      owner = owner.rsplit('.').first;
      auto of = (*module)->lookupSymbol<train::ParameterOp>(owner);
      if (!of || of.getRole() != train::ParameterRole::weight)
        continue;
      add(owner);
      break;
    }
  }
  return std::move(bytes);
}

} // namespace coppice::runtime
