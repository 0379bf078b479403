//===- Bufferize.cpp - From tensors to static buffers -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Bufferize.h"
#include "lib/Kernels/Passes.h"
#include "lib/Support/Greedy.h"
#include "lib/Support/PlainPipeline.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void coppice::buildBufferizePipeline(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createKernelsFreezeArguments());
  pm.addNestedPass<func::FuncOp>(createKernelsTieOnce());
  // The steps that write over each other are known before a result gets its
  // out.
  pm.addNestedPass<func::FuncOp>(createKernelsWriteOver());
  pm.addNestedPass<func::FuncOp>(createKernelsHandDestinations());
  // Compute results in place, in the slices and destinations of their users.
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  options.unknownTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  options.bufferAlignment = 64;
  pm.addPass(bufferization::createOneShotBufferizePass(options));
  pm.addPass(createKernelsOrderConstants());
  pm.addNestedPass<func::FuncOp>(createKernelsDropTiedResults());
  pm.addNestedPass<func::FuncOp>(createKernelsHoistAllocs());
  // Equal subviews become one, and copies onto themselves are erased.
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createCanonicalizer());
}

void coppice::registerBufferizePipeline() {
  registerPlainPipeline(
      "coppice-bufferize",
      "From linalg on tensors to linalg on static entry-block buffers",
      buildBufferizePipeline);
}
