//===- ReductionTree.cpp - Upstream's flag for a reduction ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Upstream's `--reduction-tree` drops the uses of the ops that it erases inside
// a function, and crashes on the null operands. This pipeline accepts its
// options, so that scripts written for it work.
//
//===----------------------------------------------------------------------===//

#include "lib/Reduce/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace coppice;

namespace {
/// Upstream has an enumeration of one mode.
enum class TraversalMode { SinglePath };

struct ReductionTreeOptions : PassPipelineOptions<ReductionTreeOptions> {
  Option<std::string> test{*this, "test", llvm::cl::desc("The script, a path")};
  ListOption<std::string> testArguments{
      *this, "test-arg",
      llvm::cl::desc("Arguments of the script before the file's name")};
  Option<TraversalMode> traversalMode{
      *this, "traversal-mode", llvm::cl::desc("How the module is searched"),
      llvm::cl::init(TraversalMode::SinglePath),
      llvm::cl::values(clEnumValN(TraversalMode::SinglePath, "0",
                                  "edit after edit, without going back"))};
};
} // namespace

void coppice::registerReducePipelines() {
  PassPipelineRegistration<ReductionTreeOptions>(
      "reduction-tree", "Run --reduce-ops with the options of upstream's pass",
      [](OpPassManager &manager, const ReductionTreeOptions &given) {
        ReduceOpsOptions options;
        options.test = given.test;
        options.testArguments.assign(given.testArguments.begin(),
                                     given.testArguments.end());
        manager.addPass(createReduceOps(std::move(options)));
      });
}
