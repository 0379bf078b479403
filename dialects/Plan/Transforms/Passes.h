//===- Passes.h - Memory planning passes ------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_PASSES_H
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;
class ModuleOp;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace coppice::plan {

#define GEN_PASS_DECL
#include "dialects/Plan/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dialects/Plan/Transforms/Passes.h.inc"

struct PlanMemoryOptions : mlir::PassPipelineOptions<PlanMemoryOptions> {
  Option<std::string> solver{
      *this, "solver", llvm::cl::init("auto"),
      llvm::cl::desc(
          "auto, exact, or a heuristic: first-fit, best-fit, hill-climb")};
  Option<int64_t> budget{
      *this, "budget", llvm::cl::init(-1),
      llvm::cl::desc("Bytes of RAM for arena and state; negative: no limit")};
  Option<int64_t> flashBudget{
      *this, "flash-budget", llvm::cl::init(-1),
      llvm::cl::desc("Bytes of flash for data; negative: no limit")};
  Option<std::string> instances{
      *this, "instances",
      llvm::cl::desc("Existing folder to write each function's instance to")};
};

/// From bufferized functions to functions over one state and one arena:
/// --plan-place-state, --plan-pack, --plan-verify, --plan-materialize-arena.
void buildPlanMemoryPipeline(mlir::OpPassManager &pm,
                             const PlanMemoryOptions &options);

/// Registers the passes and --plan-memory.
void registerPlanPassesAndPipelines();

/// Returns the functions that may be called from outside: those with a body
/// that are not private. Planning changes their arguments, so it fails, with a
/// diagnostic, if the module calls one of them or if one has unstructured
/// control flow.
mlir::FailureOr<llvm::SmallVector<mlir::func::FuncOp>>
getEntryFunctions(mlir::ModuleOp module);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_PASSES_H
