//===- PlanMemory.cpp - The memory planning pipeline ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

void coppice::plan::buildPlanMemoryPipeline(OpPassManager &pm,
                                            const PlanMemoryOptions &options) {
  pm.addPass(createPlanPlaceState());
  PlanPackOptions pack;
  pack.solver = options.solver;
  pack.instances = options.instances;
  pm.addPass(createPlanPack(pack));
  PlanVerifyOptions verify;
  verify.budget = options.budget;
  verify.flashBudget = options.flashBudget;
  pm.addPass(createPlanVerify(verify));
  pm.addPass(createPlanMaterializeArena());
}

void coppice::plan::registerPlanPassesAndPipelines() {
  registerPlanPasses();
  PassPipelineRegistration<PlanMemoryOptions>(
      "plan-memory",
      "Plan the memory of bufferized functions: one arena, one "
      "state buffer, no allocation",
      buildPlanMemoryPipeline);
}

FailureOr<SmallVector<func::FuncOp>>
coppice::plan::getEntryFunctions(ModuleOp module) {
  SmallVector<func::FuncOp> functions;
  llvm::StringMap<Operation *> calls;
  module.walk([&](func::CallOp call) { calls[call.getCallee()] = call; });
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration() || function.isPrivate())
      continue;
    if (!function.getBody().hasOneBlock())
      return function.emitOpError("has branches between blocks; its memory "
                                  "cannot be planned before they are loops");
    auto call = calls.find(function.getName());
    if (call != calls.end()) {
      InFlightDiagnostic diag = call->second->emitOpError("calls ")
                                << function.getSymNameAttr()
                                << ", whose arguments planning changes";
      diag.attachNote(function.getLoc()) << "inline it, or make it private";
      return diag;
    }
    functions.push_back(function);
  }
  return functions;
}
