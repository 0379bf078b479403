//===- BuildPhases.cpp - The passes of each phase ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Pipelines.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "dialects/NN/Transforms/Passes.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "dialects/Train/Transforms/Passes.h"
#include "lib/Conversion/NNToLinalg/Passes.h"
#include "lib/Kernels/Bufferize.h"
#include "lib/Kernels/Passes.h"
#include "lib/Pipelines/Passes.h"
#include "lib/Report/Passes.h"
#include "lib/Support/Greedy.h"
#include "lib/Target/LLVM/Passes.h"
#include "lib/Target/Record/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace coppice;

using ErrorHandler = llvm::function_ref<void(const Twine &)>;

/// Adds `pass` with `options` in the syntax of a textual pipeline.
static LogicalResult addPass(OpPassManager &pm, std::unique_ptr<Pass> pass,
                             StringRef options, ErrorHandler error) {
  auto report = [&](const Twine &message) -> LogicalResult {
    error(message);
    return failure();
  };
  if (failed(pass->initializeOptions(options, report)))
    return failure();
  pm.addPass(std::move(pass));
  return success();
}

static void addCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizer());
  pm.addPass(createCSEPass());
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

static void buildGraphPhase(OpPassManager &pm, const CompileOptions &options) {
  TargetAttachOptions attach;
  attach.target = options.target;
  pm.addPass(createTargetAttach(attach));
  pm.addNestedPass<func::FuncOp>(nn::createNNBoundInputs());
  if (!options.requantize.empty()) {
    lowp::LowPSetRequantizeOptions requantize;
    requantize.mode = options.requantize;
    pm.addPass(lowp::createLowPSetRequantize(requantize));
  }
  if (options.fakeQuantize)
    pm.addPass(lowp::createLowPInsertFakeQuant());
  if (options.exposeCodes)
    pm.addPass(lowp::createLowPExposeCodes());
  // A step is built from the function with its dropouts, so they stay if a step
  // follows.
  if (!options.train.step && !options.train.gradients)
    pm.addNestedPass<func::FuncOp>(train::createTrainRemoveDropout());
  addCleanup(pm);
  // Layouts first: folding stores transposes that are left at parameters.
  pm.addPass(nn::createNNPropagateLayout());
  pm.addPass(nn::createNNFoldConstants());
  addCleanup(pm);
  // With a step, the frozen parameters are known once its scheme is applied.
  if (!options.train.step && !options.train.gradients)
    pm.addPass(nn::createNNFoldBatchNorm());
  pm.addPass(createSymbolDCEPass());
  if (options.useF64) {
    pm.addPass(lowp::createLowPRelaxRounding());
    pm.addPass(nn::createNNConvertFloat());
  }
}

/// Applies the scheme to the function that a pass with the textual `options`
/// builds. The options may name it otherwise than `usual`.
static void addScheme(OpPassManager &pm, const TrainPhaseOptions &train,
                      StringRef options, StringRef usual) {
  train::TrainApplySchemeOptions scheme;
  scheme.function = usual.str();
  for (StringRef option : llvm::split(options, ' '))
    if (option.consume_front("name="))
      scheme.function = option.str();
  scheme.update = train.update;
  scheme.freeze.assign(train.freeze.begin(), train.freeze.end());
  pm.addPass(train::createTrainApplyScheme(scheme));
}

static LogicalResult buildTrainPhase(OpPassManager &pm,
                                     const CompileOptions &options,
                                     ErrorHandler error) {
  const TrainPhaseOptions &train = options.train;
  if (train.step) {
    if (failed(addPass(pm, train::createTrainBuildStep(), *train.step, error)))
      return failure();
    addScheme(pm, train, *train.step, "train");
    pm.addPass(createReportPublishedCost());
  }
  if (train.gradients) {
    if (failed(addPass(pm, train::createTrainBuildGradients(), *train.gradients,
                       error)))
      return failure();
    addScheme(pm, train, *train.gradients, "gradients");
  }
  if (train.step || train.gradients) {
    // A dropout between a layer and its conversions kept the layer from being
    // fused.
    OpPassManager &evaluation = pm.nest<func::FuncOp>();
    evaluation.addPass(train::createTrainRemoveDropout());
    evaluation.addPass(lowp::createLowPFuseQDQ());
  }
  // Prune before any backward op exists, so that pruned gradients are never
  // built.
  pm.addPass(train::createTrainPruneBackward());
  // Fold scales now, so that folded ones are not differentiated.
  pm.addPass(nn::createNNFoldBatchNorm());
  OpPassManager &func = pm.nest<func::FuncOp>();
  func.addPass(lowp::createLowPSplitClamps());
  func.addPass(train::createTrainAutodiff());
  func.addPass(train::createTrainPackMasks());
  func.addPass(train::createTrainStoreGradients());
  func.addPass(train::createTrainNarrowGradients());
  func.addPass(lowp::createLowPFoldDequantize());
  func.addPass(train::createTrainLowerUpdates());
  func.addPass(lowp::createLowPTabulate());
  pm.addPass(lowp::createLowPFuseLayerNorm());
  addCleanup(pm);
  pm.addNestedPass<func::FuncOp>(train::createTrainRebuildWeights());
  return success();
}

static void buildSchedulePhase(OpPassManager &pm) {
  // The backward pass may compute values that the forward pass computes too.
  pm.addNestedPass<func::FuncOp>(train::createTrainLowerSaved());
  addCleanup(pm);
  // From here on there is no CSE, because it would merge the copies.
  pm.addNestedPass<func::FuncOp>(train::createTrainRecomputeSaved());
  // Parameters and outputs become arguments, so that kernels can write them.
  pm.addPass(train::createTrainBindState());
  OpPassManager &func = pm.nest<func::FuncOp>();
  func.addPass(nn::createNNScaleFactors());
  func.addPass(plan::createPlanFormKernels());
  func.addPass(plan::createPlanStoreBorders());
  func.addPass(plan::createPlanSchedule());
}

void coppice::buildKernelsPipeline(OpPassManager &pm) {
  pm.addPass(createConvertNNToLinalg());
  // From here to bufferization there is no CSE: it would merge destinations,
  // and with them the lifetimes of all tensors that start from the same zeros.
  OpPassManager &tensors = pm.nest<func::FuncOp>();
  tensors.addPass(createCanonicalizer());
  tensors.addPass(createKernelsMoveConversions());
  tensors.addPass(createKernelsFuseElementwise());
  // Loops come after bufferization, because the time of its analysis grows with
  // the square of the accesses.
  buildBufferizePipeline(pm);
  OpPassManager &buffers = pm.nest<func::FuncOp>();
  // Equal views become one, and copies of a view to itself are erased.
  buffers.addPass(createCSEPass());
  buffers.addPass(createCanonicalizer());
  buffers.addPass(createKernelsTile());
  buffers.addPass(createKernelsReuseOperands());
  buffers.addPass(createKernelsVectorize());
  buffers.addPass(createCanonicalizer());
  buffers.addPass(plan::createPlanPackScratch());
}

static void buildPlanPhase(OpPassManager &pm, const CompileOptions &options) {
  // A budget beyond the pass's numbers is no limit.
  auto limit = [](uint64_t bytes) {
    return static_cast<int64_t>(std::min<uint64_t>(bytes, INT64_MAX));
  };
  plan::PlanMemoryOptions memory;
  if (options.plan.ramBudget)
    memory.budget = limit(*options.plan.ramBudget);
  if (options.plan.flashBudget)
    memory.flashBudget = limit(*options.plan.flashBudget);
  plan::buildPlanMemoryPipeline(pm, memory);
}

LogicalResult coppice::buildPhase(OpPassManager &pm, Phase phase,
                                  const CompileOptions &options,
                                  ErrorHandler error) {
  switch (phase) {
  case Phase::Import:
    // The front end has built the module.
    break;
  case Phase::Graph:
    buildGraphPhase(pm, options);
    break;
  case Phase::Quant:
    pm.addNestedPass<func::FuncOp>(lowp::createLowPFuseQDQ());
    addCleanup(pm);
    // Gradient checks remove the rounding, so the model has no codes.
    if (options.verifyIntegerOnly && !options.useF64) {
      lowp::LowPVerifyIntegerOnlyOptions verify;
      // It is not known yet which parameters a step trains.
      verify.trained = options.train.step.has_value();
      pm.addPass(lowp::createLowPVerifyIntegerOnly(verify));
    }
    break;
  case Phase::Train:
    if (failed(buildTrainPhase(pm, options, error)))
      return failure();
    break;
  case Phase::Schedule:
    buildSchedulePhase(pm);
    break;
  case Phase::Kernels:
    buildKernelsPipeline(pm);
    break;
  case Phase::Plan:
    buildPlanPhase(pm, options);
    break;
  case Phase::Target:
    pm.addNestedPass<func::FuncOp>(plan::createPlanDissolveKernels());
    target::buildLLVMPipeline(pm);
    break;
  }
  VerifyPhaseOptions verify;
  verify.phase = stringifyPhase(phase).str();
  pm.addPass(createVerifyPhase(verify));
  return success();
}
