//===- Pipelines.h - The phases of the compiler -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_PIPELINES_H
#define COPPICE_PIPELINES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace coppice {

/// The phases, in order. Each one is a pipeline, `--coppice-phase-<name>` of
/// `coppice-opt`, and ends with `--coppice-verify-phase`.
enum class Phase {
  Import,
  Graph,
  Quant,
  Train,
  Schedule,
  Kernels,
  Plan,
  Target
};

/// All phases in order.
llvm::SmallVector<Phase> getAllPhases();
/// Returns the names of all phases, in the same order.
llvm::SmallVector<llvm::StringRef> getPhaseNames();
/// Returns the name on the command line: `graph`.
llvm::StringRef stringifyPhase(Phase phase);
/// Returns one line for --help.
llvm::StringRef describePhase(Phase phase);
/// Returns nullopt if no phase has that name.
std::optional<Phase> symbolizePhase(llvm::StringRef name);

/// Options of the train phase. If all are empty, it builds no function.
struct TrainPhaseOptions {
  /// Options of `--train-build-step` as written in a pipeline
  /// (`loss=... optimizer=...`); nullopt builds no step.
  std::optional<std::string> step;
  /// The parameters that the step trains: full, head, bias, or the path of a
  /// scheme.
  std::string update = "full";
  /// Glob patterns of parameters that are not trained.
  std::vector<std::string> freeze;
  /// Build `@gradients` (loss and the gradient of every trainable parameter)
  /// with these options of `--train-build-gradients`.
  std::optional<std::string> gradients;
};

/// Limits for the planning phases.
struct PlanPhaseOptions {
  /// Bytes of arena and state together; nullopt is no limit.
  std::optional<uint64_t> ramBudget;
  /// Bytes of constants, frozen parameters and initial values.
  std::optional<uint64_t> flashBudget;
};

struct CompileOptions {
  TrainPhaseOptions train;
  PlanPhaseOptions plan;
  /// Name of the target's record, which the graph phase attaches.
  std::string target = "host";
  /// Convert to f64 after the graph phase, for gradient checks; a quantized
  /// model is then clamped but not rounded.
  bool useF64 = false;
  /// The arithmetic of layers on codes: exact or tflite. Empty keeps the
  /// module's attribute; a module without one is exact.
  std::string requantize;
  /// Report every op of `@infer` that computes with floats after the quant
  /// phase, and every layer that rescales in double precision, as one error.
  bool verifyIntegerOnly = false;
  /// Insert quantizers with learned scales for the ranges of `@infer`
  /// (`--lowp-insert-fake-quant`).
  bool fakeQuantize = false;
  /// `@infer` also returns the codes of every quantized value, after its own
  /// results.
  bool exposeCodes = false;
  /// Write `<n>-<phase>.mlir` into this folder after each phase, without large
  /// resources.
  std::string dumpFolder;
  /// Called with the module after each phase, for reports.
  std::function<void(Phase, mlir::ModuleOp)> afterPhase;
};

/// Adds one phase to `pm`, with its verifier; the import phase is its verifier
/// alone. Calls `error` and fails if a text in `options` cannot be parsed.
mlir::LogicalResult
buildPhase(mlir::OpPassManager &pm, Phase phase, const CompileOptions &options,
           llvm::function_ref<void(const llvm::Twine &)> error);

/// Builds the pipeline from nn ops on tensors to buffers and vector loops,
/// which the phase `kernels` runs once parameters are bound. Numeric tests and
/// benchmarks of single kernels run it too.
void buildKernelsPipeline(mlir::OpPassManager &pm);

/// Runs the phases `first` to `last` on `module`. Errors are diagnostics.
mlir::LogicalResult runPhases(mlir::ModuleOp module, Phase first, Phase last,
                              const CompileOptions &options);

/// Registers `--coppice-phase-<name>` for every phase, with its options.
void registerPhasePipelines();

} // namespace coppice

#endif // COPPICE_PIPELINES_H
