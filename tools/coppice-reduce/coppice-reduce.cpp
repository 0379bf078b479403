//===- coppice-reduce.cpp - Shrinks a module that shows a fault -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/InitAll.h"
#include "lib/Reduce/Passes.h"
#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Reducer/Passes.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
namespace cl = llvm::cl;

/// Upstream's pass puts the module into another module, and MLIR crashes when
/// it combines data layouts with an `index` entry.
static void stripTarget(ModuleOp module) {
  bool stripped = false;
  for (StringRef name : {DLTIDialect::kDataLayoutAttrName,
                         DLTIDialect::kTargetSystemDescAttrName})
    stripped |= bool(module->removeAttr(name));
  if (stripped)
    module.emitWarning("--opt-reduction-pass cannot take the target's layout, "
                       "which is dropped; --reduce-ops keeps it");
}

static LogicalResult reduce(ModuleOp module,
                            const PassPipelineCLParser &passes) {
  if (passes.contains(PassInfo::lookup("opt-reduction-pass")))
    stripTarget(module);
  PassManager pm(module.getContext(), ModuleOp::getOperationName());
  auto report = [&](const Twine &message) {
    module.emitError(message);
    return failure();
  };
  if (failed(applyPassManagerCLOptions(pm)) ||
      failed(passes.addToPipeline(pm, report)))
    return failure();
  return pm.run(module);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::opt<std::string> input(cl::Positional, cl::Required,
                             cl::desc("<file.mlir>"));
  cl::opt<std::string> output("o", cl::desc("Where the smaller module goes"),
                              cl::value_desc("file"), cl::init("-"));
  coppice::registerMLIRFlags();
  coppice::registerReducePasses();
  coppice::registerReducePipelines();
  registerOptReductionPass();
  // --opt-reduction-pass may name any of these passes.
  coppice::registerAllPasses();
  PassPipelineCLParser passes("", "How to shrink the module");
  cl::ParseCommandLineOptions(
      argc, argv,
      "Shrinks a module while a script finds it interesting\n\n"
      "  coppice-reduce FILE --reduce-ops=test=SCRIPT\n\n"
      "SCRIPT FILE exits with 1 where the module shows the fault, and with 0 "
      "where not.\n");
  if (!passes.hasAnyOccurrences()) {
    llvm::errs() << "error: coppice-reduce: needs a reduction pass; add "
                    "--reduce-ops=test=SCRIPT\n";
    return 1;
  }

  DialectRegistry registry;
  coppice::registerAllDialects(registry);
  MLIRContext context(registry);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler(sources, &context);
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(input, &message);
  std::unique_ptr<llvm::ToolOutputFile> result =
      file ? openOutputFile(output, &message) : nullptr;
  if (!result) {
    llvm::errs() << "error: " << message << "\n";
    return 1;
  }
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!module || failed(reduce(*module, passes)))
    return 1;
  module->print(result->os());
  result->keep();
  return 0;
}
