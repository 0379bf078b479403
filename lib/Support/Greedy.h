//===- Greedy.h - Greedy rewriting with an error message --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_GREEDY_H
#define COPPICE_LIB_SUPPORT_GREEDY_H

#include "mlir/IR/PatternMatch.h"

#include <memory>

namespace mlir {
class Pass;
} // namespace mlir

namespace coppice {

/// The default number of rounds of greedy rewriting over the IR, as upstream.
inline constexpr int64_t kMaxIterations = 10;

/// Runs upstream's `applyPatternsGreedily` on `root`. Upstream only fails if
/// the rewriting does not end; this function reports an error with `pass` (its
/// flag), a pattern that still applies and the op that it rewrites.
mlir::LogicalResult rewriteGreedily(mlir::Operation *root, llvm::StringRef pass,
                                    mlir::RewritePatternSet patterns,
                                    int64_t maxIterations = kMaxIterations);

/// Runs `patterns` on `ops`, which are in `root`, and on the ops that they
/// make, and on no others: passes that rewrite a few ops need not visit them
/// all.
mlir::LogicalResult rewriteOps(mlir::Operation *root,
                               llvm::ArrayRef<mlir::Operation *> ops,
                               llvm::StringRef pass,
                               mlir::RewritePatternSet patterns);

/// Upstream's `canonicalize` for functions whose regions have one block each.
std::unique_ptr<mlir::Pass> createCanonicalizer();

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_GREEDY_H
