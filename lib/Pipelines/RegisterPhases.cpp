//===- RegisterPhases.cpp - Phases as textual pipelines ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Pipelines.h"
#include "lib/Pipelines/Passes.h"
#include "lib/Support/PlainPipeline.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace coppice;

using ErrorHandler = llvm::function_ref<LogicalResult(const Twine &)>;

//===----------------------------------------------------------------------===//
// Options of the phases' pipelines
//===----------------------------------------------------------------------===//

namespace {
/// The options of phases that take none.
struct NoFlags : NoPipelineOptions {
  CompileOptions get() const { return {}; }
};

struct GraphFlags : PassPipelineOptions<GraphFlags> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("Name of the target's record"),
                             llvm::cl::init("host")};
  Option<std::string> requantize{
      *this, "requant",
      llvm::cl::desc("How layers on codes compute: exact or tflite")};
  Option<bool> fakeQuantize{
      *this, "fake-quantize",
      llvm::cl::desc("Insert quantizers with learned scales")};
  Option<bool> exposeCodes{
      *this, "expose-codes",
      llvm::cl::desc("Return the codes of every quantized value too")};
  Option<bool> useF64{*this, "f64", llvm::cl::desc("Convert to f64")};
  Option<bool> training{
      *this, "training",
      llvm::cl::desc("A step follows: the train phase folds batch norms, once "
                     "its scheme says which are frozen")};

  CompileOptions get() const {
    CompileOptions options;
    options.target = target;
    options.requantize = requantize;
    options.fakeQuantize = fakeQuantize;
    options.exposeCodes = exposeCodes;
    options.useF64 = useF64;
    if (training)
      options.train.step = "";
    return options;
  }
};

struct QuantFlags : PassPipelineOptions<QuantFlags> {
  Option<bool> verifyIntegerOnly{
      *this, "verify-integer-only",
      llvm::cl::desc("An error names every op left computing with floats")};

  CompileOptions get() const {
    CompileOptions options;
    options.verifyIntegerOnly = verifyIntegerOnly;
    return options;
  }
};

struct TrainFlags : PassPipelineOptions<TrainFlags> {
  Option<bool> step{*this, "step", llvm::cl::desc("Build a training step")};
  Option<std::string> stepOptions{
      *this, "step-options",
      llvm::cl::desc("Options of --train-build-step, in braces; implies step")};
  Option<bool> gradients{
      *this, "gradients",
      llvm::cl::desc("Build @gradients, the gradients alone")};
  Option<std::string> gradientsOptions{
      *this, "gradients-options",
      llvm::cl::desc(
          "Options of --train-build-gradients, in braces; implies gradients")};
  Option<std::string> update{
      *this, "update",
      llvm::cl::desc("What is trained: full, head, bias or a scheme's file"),
      llvm::cl::init("full")};
  ListOption<std::string> freeze{
      *this, "freeze",
      llvm::cl::desc("Glob patterns of parameters that are not trained")};

  bool buildsNothing() const {
    CompileOptions options = get();
    return !options.train.step && !options.train.gradients;
  }

  CompileOptions get() const {
    auto request = [](bool asked,
                      StringRef text) -> std::optional<std::string> {
      if (!asked && text.empty())
        return std::nullopt;
      return text.str();
    };
    CompileOptions options;
    options.train.step = request(step, stepOptions);
    options.train.gradients = request(gradients, gradientsOptions);
    options.train.update = update;
    options.train.freeze.assign(freeze.begin(), freeze.end());
    return options;
  }
};

struct PlanFlags : PassPipelineOptions<PlanFlags> {
  Option<uint64_t> ramBudget{
      *this, "budget-ram",
      llvm::cl::desc("Bytes of arena and state; 0 is no limit")};
  Option<uint64_t> flashBudget{
      *this, "budget-flash",
      llvm::cl::desc("Bytes of constants and initial values; 0 is no limit")};

  CompileOptions get() const {
    CompileOptions options;
    if (ramBudget)
      options.plan.ramBudget = ramBudget;
    if (flashBudget)
      options.plan.flashBudget = flashBudget;
    return options;
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

/// Whether the pipeline begins with a remark that the phase has nothing to do.
template <typename Flags> static bool isIdle(Phase phase, const Flags &) {
  return phase == Phase::Import;
}
static bool isIdle(Phase, const TrainFlags &flags) {
  return flags.buildsNothing();
}

template <typename Flags> static void registerPhase(Phase phase) {
  registerPassPipeline(
      ("coppice-phase-" + stringifyPhase(phase)).str(), describePhase(phase),
      [phase](OpPassManager &pm, StringRef text, ErrorHandler report) {
        Flags flags;
        // `parseFromString` reports what it cannot parse.
        if (failed(flags.parseFromString(text)))
          return failure();
        if (isIdle(phase, flags)) {
          NoteIdlePhaseOptions idle;
          idle.phase = stringifyPhase(phase).str();
          pm.addPass(createNoteIdlePhase(idle));
        }
        return buildPhase(pm, phase, flags.get(),
                          [&](const Twine &message) { (void)report(message); });
      },
      [](llvm::function_ref<void(const mlir::detail::PassOptions &)> handler) {
        handler(Flags());
      });
}

void coppice::registerPhasePipelines() {
  for (Phase phase : getAllPhases()) {
    switch (phase) {
    case Phase::Graph:
      registerPhase<GraphFlags>(phase);
      break;
    case Phase::Quant:
      registerPhase<QuantFlags>(phase);
      break;
    case Phase::Train:
      registerPhase<TrainFlags>(phase);
      break;
    case Phase::Plan:
      registerPhase<PlanFlags>(phase);
      break;
    case Phase::Import:
    case Phase::Schedule:
    case Phase::Kernels:
    case Phase::Target:
      registerPhase<NoFlags>(phase);
      break;
    }
  }
}
