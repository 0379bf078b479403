//===- BuildGradients.cpp - A function of loss and gradients ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Transforms/ApplyScheme.h"
#include "dialects/Train/Transforms/Approximations.h"
#include "dialects/Train/Transforms/BatchNorm.h"
#include "dialects/Train/Transforms/Passes.h"
#include "dialects/Train/Transforms/RemoveDropout.h"
#include "dialects/Train/Transforms/StepBuilder.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINBUILDGRADIENTS
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
struct BuildGradients : impl::TrainBuildGradientsBase<BuildGradients> {
  using TrainBuildGradientsBase::TrainBuildGradientsBase;

  void runOnOperation() override {
    FailureOr<LossFunction> built =
        buildLossFunction(getOperation(), from, name, loss, output);
    if (failed(built))
      return signalPassFailure();

    // Return the loss and the gradients in place of the model's outputs.
    func::FuncOp function = built->function;
    llvm::BitVector outputs(function.getNumResults(), true);
    outputs.reset(0);
    (void)function.eraseResults(outputs);
    SmallVector<Value> results = {built->loss};
    for (auto [read, gradient] :
         llvm::zip_equal(built->weights, built->gradient.getGradients())) {
      auto role = RoleAttr::getGradient(getParameter(read).getFileName(),
                                        read.getParameterAttr());
      (void)function.insertResult(function.getNumResults(), gradient.getType(),
                                  role.asDictionary());
      results.push_back(gradient);
    }
    built->terminator.getOperandsMutable().assign(results);
    // A gradient of the model must not depend on one draw of its dropouts.
    removeDropouts(function);
    if (failed(train::setApproximations(function, approximate)))
      return signalPassFailure();
    if (batchNorm == BatchNormMode::Train &&
        failed(trainBatchNorm(function, kDefaultRunningMomentum,
                              /*updateStatistics=*/false)))
      return signalPassFailure();
    if ((update != "full" || !freeze.empty() || !approximate.empty()) &&
        failed(applyScheme(function, update, freeze)))
      return signalPassFailure();
  }
};
} // namespace
} // namespace coppice::train
