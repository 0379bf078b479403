//===- InitAll.cpp - Registers what the tools know --------------*- C++ -*-===//
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
#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/Transforms/Passes.h"
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
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

void coppice::registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<check::CheckDialect, lowp::LowPDialect, nn::NNDialect,
                  plan::PlanDialect, train::TrainDialect>();
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
