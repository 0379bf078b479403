//===- BuildPhases.cpp - Which passes make a phase --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Pipelines.h"
#include "lib/Pipelines/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace coppice;

static void buildGraphPhase(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void coppice::buildPhase(OpPassManager &pm, Phase phase,
                         const CompileOptions &options) {
  switch (phase) {
  case Phase::Import:
    return;
  case Phase::Graph:
    buildGraphPhase(pm);
    break;
  case Phase::Train:
  case Phase::Schedule:
  case Phase::Kernels:
  case Phase::Plan:
  case Phase::Target:
    break;
  }
  VerifyPhaseOptions verify;
  verify.phase = stringifyPhase(phase).str();
  pm.addPass(createVerifyPhase(verify));
}

void coppice::registerPhasePipelines() {
  for (Phase phase : getAllPhases()) {
    if (phase == Phase::Import)
      continue;
    PassPipelineRegistration<>(
        ("coppice-phase-" + stringifyPhase(phase)).str(), describePhase(phase),
        [phase](OpPassManager &pm) { buildPhase(pm, phase, {}); });
  }
}
