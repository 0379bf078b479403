//===- Phases.cpp - The phases of the compiler ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Pipelines.h"

#include "lib/Pipelines/Passes.h"
#include "lib/Support/FlagLoc.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/PrintModule.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <atomic>
#include <mutex>

using namespace mlir;
using namespace coppice;

namespace {
struct PhaseRecord {
  Phase phase;
  StringRef name, description;
};
} // namespace

/// The phases in the order in which they run. Flags, dumps, help and errors
/// follow this list.
static constexpr PhaseRecord phaseRecords[] = {
    {Phase::Import, "import", "a model file becomes nn ops and parameters"},
    {Phase::Graph, "graph", "constants folded, layouts NHWC, shapes known"},
    {Phase::Quant, "quant", "layers between conversions compute on codes"},
    {Phase::Train, "train", "loss, gradients, pruning, optimizer"},
    {Phase::Schedule, "schedule", "the order of ops with the least peak"},
    {Phase::Kernels, "kernels", "linalg, tiles, vectors, buffers"},
    {Phase::Plan, "plan", "all buffers packed into one arena"},
    {Phase::Target, "target", "LLVM dialect with the target's ABI"},
};

SmallVector<Phase> coppice::getAllPhases() {
  return llvm::map_to_vector(
      phaseRecords, [](const PhaseRecord &record) { return record.phase; });
}

SmallVector<StringRef> coppice::getPhaseNames() {
  return llvm::map_to_vector(
      phaseRecords, [](const PhaseRecord &record) { return record.name; });
}

static const PhaseRecord &recordOf(Phase phase) {
  return phaseRecords[static_cast<int>(phase)];
}

StringRef coppice::stringifyPhase(Phase phase) { return recordOf(phase).name; }
StringRef coppice::describePhase(Phase phase) {
  return recordOf(phase).description;
}

std::optional<Phase> coppice::symbolizePhase(StringRef name) {
  for (const PhaseRecord &record : phaseRecords)
    if (record.name == name)
      return record.phase;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// Writes `module` into `folder`/<n>-<phase>.mlir, resources elided.
static LogicalResult dump(ModuleOp module, Phase phase, StringRef folder) {
  if (std::error_code error = llvm::sys::fs::create_directories(folder))
    return emitError(getFlagLoc(module.getContext(), "dump-phases", folder))
           << "cannot create the folder: " << error.message()
           << "; name one that can be written";
  SmallString<128> path(folder);
  llvm::sys::path::append(path, Twine(static_cast<int>(phase)) + "-" +
                                    stringifyPhase(phase) + ".mlir");
  auto print = [&](llvm::raw_ostream &os) -> llvm::Error {
    OpPrintingFlags flags;
    flags.elideLargeResourceString(64).elideLargeElementsAttrs(64);
    printModule(os, module, flags);
    return llvm::Error::success();
  };
  if (llvm::Error error = writeFile(path, print))
    return emitError(getFlagLoc(module.getContext(), "dump-phases", folder))
           << llvm::toString(std::move(error));
  return success();
}

namespace {
/// Remembers the first pass that failed, in case it gave no error.
struct FailedPass {
  std::mutex mutex;
  std::string pass, op;
};

struct NameFailedPass : PassInstrumentation {
  explicit NameFailedPass(FailedPass &first) : first(first) {}
  void runAfterPassFailed(Pass *pass, Operation *op) override {
    std::lock_guard<std::mutex> lock(first.mutex);
    if (!first.pass.empty())
      return;
    first.pass =
        (pass->getArgument().empty() ? pass->getName() : pass->getArgument())
            .str();
    auto symbol = dyn_cast<SymbolOpInterface>(op);
    first.op = symbol && symbol.getNameAttr() ? symbol.getName().str() : "";
  }
  FailedPass &first;
};
} // namespace

/// Runs `pm`. If a pass fails without an error, as one of another library may,
/// reports an error that names it.
static LogicalResult runPasses(PassManager &pm, ModuleOp module) {
  FailedPass first;
  pm.addInstrumentation(std::make_unique<NameFailedPass>(first));
  std::atomic<bool> hasError = false;
  ScopedDiagnosticHandler watch(module.getContext(), [&](Diagnostic &diag) {
    hasError = hasError || diag.getSeverity() == DiagnosticSeverity::Error;
    return failure(); // somebody else's to print
  });
  if (succeeded(pm.run(module)))
    return success();
  if (!hasError)
    emitError(module.getLoc())
        << "pass '" << first.pass << "' failed"
        << (first.op.empty() ? "" : " on @" + first.op)
        << " without a reason; this is a defect of the compiler, please report "
           "it with the model";
  return failure();
}

/// Whether the module is verified after each pass of `phase`, not only at its
/// end. Up to the schedule, a module is a list of layers. Later it is a hundred
/// times as many ops, and verifying them after each pass would take a third of
/// the compile time. `coppice-opt` verifies after each pass of any phase.
static bool verifiesPasses(Phase phase) { return phase < Phase::Kernels; }

LogicalResult coppice::runPhases(ModuleOp module, Phase first, Phase last,
                                 const CompileOptions &options) {
  for (Phase phase : getAllPhases()) {
    if (phase < first || phase > last)
      continue;
    PassManager pm(module->getContext(), ModuleOp::getOperationName());
    if (failed(applyPassManagerCLOptions(pm)))
      return failure();
    applyDefaultTimingPassManagerCLOptions(pm);
    pm.enableVerifier(verifiesPasses(phase));
    auto error = [&](const Twine &message) {
      emitError(UnknownLoc::get(module.getContext()), message);
    };
    if (failed(buildPhase(pm, phase, options, error)) ||
        failed(runPasses(pm, module)))
      return failure();
    if (!verifiesPasses(phase) && failed(verify(module)))
      return failure();
    if (!options.dumpFolder.empty() &&
        failed(dump(module, phase, options.dumpFolder)))
      return failure();
    if (options.afterPhase)
      options.afterPhase(phase, module);
  }
  return success();
}
