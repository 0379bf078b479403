//===- Evaluate.h - nn ops on constants -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_EVALUATE_H
#define COPPICE_DIALECTS_NN_IR_EVALUATE_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace coppice::nn {

/// Returns the result of an op with one result whose operands are all
/// constants. Null if the op is not elementwise, a reduction or a move of
/// elements, or if a tensor is large. It serves the small tensors that shapes
/// are computed with.
mlir::DenseElementsAttr evaluate(mlir::Operation *op);

/// Returns the result of `op` for the operands `operands`, on tensors of at
/// most `largest` elements.
mlir::DenseElementsAttr
evaluate(mlir::Operation *op, llvm::ArrayRef<mlir::DenseElementsAttr> operands,
         int64_t largest);

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_IR_EVALUATE_H
