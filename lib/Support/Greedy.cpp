//===- Greedy.cpp - Greedy rewriting with an error message ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Support/Greedy.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace {
/// Remembers the last pattern that changed an op, and that op as it was before.
struct LastRewrite : RewriterBase::Listener {
  void notifyPatternBegin(const Pattern &, Operation *op) override {
    candidate = {op->getName().getStringRef(), op->getLoc()};
  }
  void notifyPatternEnd(const Pattern &pattern, LogicalResult status) override {
    if (failed(status))
      return;
    name = pattern.getDebugName();
    rewritten = candidate;
  }

  struct Place {
    StringRef op;
    std::optional<Location> loc;
  };
  Place candidate, rewritten;
  StringRef name;
};
} // namespace

/// Regions have one block each and no cycles of dead ops, so upstream's
/// simplification of regions, which visits every op again, finds nothing.
static GreedyRewriteConfig getConfig() {
  return GreedyRewriteConfig().setRegionSimplificationLevel(
      GreedySimplifyRegionLevel::Disabled);
}

std::unique_ptr<Pass> coppice::createCanonicalizer() {
  return createCanonicalizerPass(getConfig());
}

/// Runs `rewrite` with a configuration. If it does not end, reports an error at
/// what it rewrote last, or at `root`.
static LogicalResult
runToEnd(Operation *root, StringRef pass, int64_t maxIterations,
         function_ref<LogicalResult(GreedyRewriteConfig &)> rewrite) {
  LastRewrite last;
  GreedyRewriteConfig config = getConfig();
  config.setMaxIterations(maxIterations).setListener(&last);
  if (succeeded(rewrite(config)))
    return success();
  InFlightDiagnostic diag =
      emitError(last.rewritten.loc.value_or(root->getLoc()));
  diag << pass << ": rewriting does not end within " << maxIterations
       << " rounds";
  if (!last.name.empty())
    diag << "; " << last.name << " still rewrites '" << last.rewritten.op
         << "'";
  diag.attachNote(root->getLoc())
      << "this is a defect of the compiler; please report it with the model";
  return diag;
}

LogicalResult coppice::rewriteGreedily(Operation *root, StringRef pass,
                                       RewritePatternSet patterns,
                                       int64_t maxIterations) {
  return runToEnd(root, pass, maxIterations, [&](GreedyRewriteConfig &config) {
    return applyPatternsGreedily(root, std::move(patterns), config);
  });
}

LogicalResult coppice::rewriteOps(Operation *root, ArrayRef<Operation *> ops,
                                  StringRef pass, RewritePatternSet patterns) {
  return runToEnd(root, pass, kMaxIterations, [&](GreedyRewriteConfig &config) {
    config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
    return applyOpPatternsGreedily(ops, std::move(patterns), config);
  });
}
