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

/// The phases, in order. Each one is a pipeline that `coppice-opt` knows as
/// `--coppice-phase-<name>` and ends with `--coppice-verify-phase`.
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
/// Their names, in the same order.
llvm::SmallVector<llvm::StringRef> getPhaseNames();
/// The name on the command line: `graph`.
llvm::StringRef stringifyPhase(Phase phase);
/// One line for --help.
llvm::StringRef describePhase(Phase phase);
/// nullopt where no phase has that name.
std::optional<Phase> symbolizePhase(llvm::StringRef name);

/// What the train phase builds; nothing where all are empty.
struct TrainPhaseOptions {
  /// Options of `--train-build-step` as written in a pipeline
  /// (`loss=... optimizer=...`); nullopt builds no step.
  std::optional<std::string> step;
  /// What the step trains: full, head, bias, or the path of a scheme.
  std::string update = "full";
  /// Glob patterns of parameters that are not trained.
  std::vector<std::string> freeze;
  /// Build `@gradients` (loss and the gradient of every trainable parameter)
  /// with these options of `--train-build-gradients`.
  std::optional<std::string> gradients;
};

/// What the planning phases must keep to.
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
  /// How layers on codes compute: exact or tflite. Empty is what the module
  /// says, exact where it says nothing.
  std::string requantize;
  /// An error that names every op of `@infer` that is left computing with
  /// floats after the quant phase, and every layer that rescales in double
  /// precision.
  bool verifyIntegerOnly = false;
  /// Insert quantizers with learned scales where `@infer` has ranges
  /// (`--lowp-insert-fake-quant`).
  bool fakeQuantize = false;
  /// `@infer` returns the codes of every quantized value too, after its own
  /// results.
  bool exposeCodes = false;
  /// Write `<n>-<phase>.mlir` into this folder after each phase; large
  /// resources elided.
  std::string dumpFolder;
  /// Keep the module after each phase through this hook (reports).
  std::function<void(Phase, mlir::ModuleOp)> afterPhase;
};

/// Adds one phase to `pm`, its verifier included; the import phase is that
/// alone. Fails, after a call of `error`, where a text in `options` cannot be
/// parsed.
mlir::LogicalResult
buildPhase(mlir::OpPassManager &pm, Phase phase, const CompileOptions &options,
           llvm::function_ref<void(const llvm::Twine &)> error);

/// From nn ops on tensors to buffers and vector loops: what the phase `kernels`
/// does once parameters are bound. Numeric tests and benchmarks of single
/// kernels run it, too.
void buildKernelsPipeline(mlir::OpPassManager &pm);

/// Runs the phases `first` to `last` on `module`. Diagnostics tell what went
/// wrong.
mlir::LogicalResult runPhases(mlir::ModuleOp module, Phase first, Phase last,
                              const CompileOptions &options);

/// Registers `--coppice-phase-<name>` for every phase, with the options that
/// concern it.
void registerPhasePipelines();

} // namespace coppice

#endif // COPPICE_PIPELINES_H
