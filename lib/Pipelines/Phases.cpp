//===- Phases.cpp - The phases of the compiler ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Pipelines.h"

#include "lib/Pipelines/Passes.h"
#include "lib/Support/OutputFile.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace coppice;

namespace {
struct PhaseRecord {
  Phase phase;
  StringRef name, description;
};
} // namespace

/// In the order in which they run. Flags, dumps, help and errors follow this
/// list.
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
    return emitError(UnknownLoc::get(module.getContext()))
           << "cannot create the folder '" << folder
           << "' for phase dumps: " << error.message();
  SmallString<128> path(folder);
  llvm::sys::path::append(path, Twine(static_cast<int>(phase)) + "-" +
                                    stringifyPhase(phase) + ".mlir");
  auto print = [&](llvm::raw_ostream &os) -> llvm::Error {
    OpPrintingFlags flags;
    flags.elideLargeResourceString(64).elideLargeElementsAttrs(64);
    module.print(os, flags);
    return llvm::Error::success();
  };
  if (llvm::Error error = writeFile(path, print))
    return emitError(UnknownLoc::get(module.getContext()))
           << llvm::toString(std::move(error));
  return success();
}

LogicalResult coppice::runPhases(ModuleOp module, Phase first, Phase last,
                                 const CompileOptions &options) {
  for (Phase phase : getAllPhases()) {
    if (phase < first || phase > last)
      continue;
    PassManager pm(module->getContext(), ModuleOp::getOperationName());
    if (failed(applyPassManagerCLOptions(pm)))
      return failure();
    applyDefaultTimingPassManagerCLOptions(pm);
    auto error = [&](const Twine &message) {
      emitError(UnknownLoc::get(module.getContext()), message);
    };
    if (failed(buildPhase(pm, phase, options, error)) || failed(pm.run(module)))
      return failure();
    if (!options.dumpFolder.empty() &&
        failed(dump(module, phase, options.dumpFolder)))
      return failure();
    if (options.afterPhase)
      options.afterPhase(phase, module);
  }
  return success();
}
