//===- Destinations.h - What ops of a body write over -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_DESTINATIONS_H
#define COPPICE_LIB_KERNELS_DESTINATIONS_H

#include "mlir/IR/PatternMatch.h"

namespace coppice::kernels {

/// Returns the operand that the op of `value` writes over; null if there is
/// none.
mlir::OpOperand *getWrittenOver(mlir::OpResult value);

/// Makes `operand`, which an op writes over, `value`. A tensor that nobody uses
/// any more is erased, since it would seem to need a buffer.
void startFrom(mlir::RewriterBase &rewriter, mlir::OpOperand &operand,
               mlir::Value value);

/// Whether an op writes `operand` without reading it.
bool overwrites(mlir::OpOperand &operand);

/// Whether `use` writes its tensor and reads nothing of it.
bool isWritten(mlir::OpOperand &use);

/// Returns the uses of `value` and of its reshapes and parts.
llvm::SmallVector<mlir::OpOperand *> getUses(mlir::Value value);

/// Whether `use` is in `op` or in an op before it.
bool isBefore(mlir::OpOperand &use, mlir::Operation *op);

} // namespace coppice::kernels

#endif // COPPICE_LIB_KERNELS_DESTINATIONS_H
