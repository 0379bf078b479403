//===- FuseQDQ.h - Layers between conversions -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_TRANSFORMS_FUSEQDQ_H
#define COPPICE_DIALECTS_LOWP_TRANSFORMS_FUSEQDQ_H

#include "dialects/LowP/IR/LowP.h"
#include "mlir/IR/PatternMatch.h"

namespace coppice::lowp {

/// The range to which `op` clips; nullopt where it computes something else.
std::optional<std::pair<double, double>> getClipRange(mlir::Operation *op);

/// Returns the operands of `op`, with the codes in place of dequantized ones.
llvm::SmallVector<mlir::Value> getCodeOperands(mlir::Operation *op);

/// Clones `op` on the codes of its operands; the result has codes of `type`.
mlir::Operation *cloneOnCodes(mlir::PatternRewriter &rewriter,
                              mlir::Operation *op, mlir::Location loc,
                              mlir::quant::QuantizedType type);

/// Adds the patterns for matmuls on codes whose bias is a separate addition.
void populateBiasPatterns(mlir::RewritePatternSet &patterns);

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_TRANSFORMS_FUSEQDQ_H
