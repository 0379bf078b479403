//===- InitAll.cpp - Registers all dialects and passes ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/InitAll.h"

#include "coppice/CInterface.h"
#include "coppice/Pipelines.h"
#include "coppice/Target.h"
#include "dialects/Check/IR/Check.h"
#include "dialects/Check/Transforms/Passes.h"
#include "dialects/Coppice/IR/Coppice.h"
#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "dialects/NN/Analysis/InputUses.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Transforms/Passes.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Passes.h"
#include "lib/Conversion/NNToLinalg/Passes.h"
#include "lib/Kernels/Bufferize.h"
#include "lib/Kernels/Passes.h"
#include "lib/Pipelines/Passes.h"
#include "lib/Report/Passes.h"
#include "lib/Target/LLVM/Passes.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/Support/CommandLine.h"

void coppice::registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<CoppiceDialect, check::CheckDialect, lowp::LowPDialect,
                  nn::NNDialect, plan::PlanDialect, train::TrainDialect>();
  nn::registerInputUseModels(registry);
}

void coppice::registerAllPasses() {
  mlir::registerAllPasses();
  registerKernelsPasses();
  registerBufferizePipeline();
  registerTargetPasses();
  target::registerLLVMTargetPasses();
  target::registerLLVMPipeline();
  registerPipelinesPasses();
  registerNNToLinalgPasses();
  registerPhasePipelines();
  lowp::registerLowPPasses();
  nn::registerNNPasses();
  check::registerCheckPasses();
  train::registerTrainPasses();
  plan::registerPlanPassesAndPipelines();
  registerCInterfacePasses();
  registerReportPasses();
}

void coppice::registerMLIRFlags() {
  mlir::registerAsmPrinterCLOptions();
  mlir::registerMLIRContextCLOptions();
  mlir::registerPassManagerCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();
  // Upstream's default prints numbers, which do not relate to the model.
  auto &known = llvm::cl::getRegisteredOptions();
  auto names = known.find("mlir-use-nameloc-as-prefix");
  if (names != known.end())
    static_cast<llvm::cl::opt<bool> *>(names->second)->setInitialValue(true);
}
