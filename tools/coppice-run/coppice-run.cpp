//===- coppice-run.cpp - Runs the functions of a test -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
// Compiles a file and calls every function in it that takes no arguments, in
// order. The check ops in them decide the exit status. Parameters that some
// function writes keep their values from one call to the next.
//
//===----------------------------------------------------------------------===//

#include "coppice/InitAll.h"
#include "coppice/JIT.h"
#include "coppice/Pipelines.h"
#include "dialects/Check/Transforms/Passes.h"
#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/NN/Transforms/Passes.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Passes.h"
#include "lib/Conversion/NNToLinalg/Passes.h"
#include "lib/Kernels/Bufferize.h"
#include "lib/Target/LLVM/Passes.h"
#include "lib/Target/Record/Passes.h"
#include "tools/coppice-run/Compare.h"
#include "tools/coppice-run/State.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace coppice;
namespace cl = llvm::cl;

/// Runs all phases from nn ops to the LLVM dialect, without a plan: buffers are
/// allocated where they are used.
static LogicalResult compile(ModuleOp module, bool kernels) {
  PassManager pm(module.getContext(), ModuleOp::getOperationName());
  if (failed(applyPassManagerCLOptions(pm)))
    return failure();
  pm.addPass(createTargetAttach());
  bool hasState = !module.getOps<train::ParameterOp>().empty();
  if (hasState)
    pm.addPass(train::createTrainBindState());
  pm.addNestedPass<func::FuncOp>(nn::createNNScaleFactors());
  if (kernels) {
    buildKernelsPipeline(pm);
  } else {
    pm.addPass(createConvertNNToLinalg());
    pm.addPass(createCanonicalizerPass());
    buildBufferizePipeline(pm);
  }
  pm.addNestedPass<func::FuncOp>(plan::createPlanDissolveKernels());
  pm.addPass(plan::createPlanMaterializeArena());
  if (hasState)
    pm.addPass(plan::createPlanPlaceState());
  pm.addPass(check::createCheckLowerToCalls());
  target::buildLLVMPipeline(pm);
  return pm.run(module);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::opt<std::string> input(cl::Positional, cl::Required,
                             cl::desc("<file.mlir>"));
  cl::opt<bool> kernels(
      "kernels", cl::desc("tile and vectorise as the compiler does; off, the "
                          "code is scalar loops"));
  registerMLIRFlags();
  cl::ParseCommandLineOptions(
      argc, argv, "Runs the functions of a file that take no arguments\n");

  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler(sources, &context);
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(input, &message);
  if (!file) {
    llvm::errs() << "error: " << message << "\n";
    return 1;
  }
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!module)
    return 1;
  std::vector<std::string> entries;
  for (auto function : module->getOps<func::FuncOp>())
    if (function.getNumArguments() == 0 && function.getNumResults() == 0 &&
        !function.isExternal() && function.isPublic())
      entries.push_back(function.getName().str());
  if (entries.empty()) {
    llvm::errs() << "error: '" << input
                 << "' has no public function without arguments and results\n";
    return 1;
  }
  if (failed(compile(*module, kernels)))
    return 1;
  llvm::Expected<std::unique_ptr<JIT>> jit = JIT::create(*module);
  if (!jit) {
    llvm::errs() << "error: " << llvm::toString(jit.takeError()) << "\n";
    return 1;
  }
  FailureOr<State> state = createState(*module);
  if (failed(state))
    return 1;
  CheckContext checks;
  for (const std::string &entry : entries) {
    // A function without checks has no context argument.
    auto function = module->lookupSymbol<FunctionOpInterface>(entry);
    SmallVector<void *> arguments(function ? function.getNumArguments() : 0,
                                  &checks);
    if (function)
      if (auto argument = EntryPoint(function).findArgument(EntryRole::state))
        arguments[argument->index] = state->data();
    if (llvm::Error error = (*jit)->run(entry, arguments)) {
      llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
      return 1;
    }
  }
  if (checks.run == 0) {
    llvm::errs() << "error: '" << input
                 << "' ran without a check; add a check.expect_eq, for "
                    "instance\n";
    return 1;
  }
  if (checks.failed > 0) {
    llvm::errs() << checks.failed << " of " << checks.run << " checks failed\n";
    return 1;
  }
  llvm::outs() << checks.run << " checks passed\n";
  return 0;
}
