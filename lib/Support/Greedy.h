//===- Greedy.h - Greedy rewriting that says why it fails -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_GREEDY_H
#define COPPICE_LIB_SUPPORT_GREEDY_H

#include "mlir/IR/PatternMatch.h"

namespace coppice {

/// How often greedy rewriting goes over the whole IR by default, as upstream.
inline constexpr int64_t kMaxIterations = 10;

/// Upstream's `applyPatternsGreedily` on `root`. Where the patterns do not come
/// to an end, which upstream reports as a bare failure, the error names `pass`
/// (its flag), a pattern that still applies and the op that it rewrites.
mlir::LogicalResult rewriteGreedily(mlir::Operation *root, llvm::StringRef pass,
                                    mlir::RewritePatternSet patterns,
                                    int64_t maxIterations = kMaxIterations);

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_GREEDY_H
