//===- TensorType.h - The type of a tensor of the nn dialect ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_TENSORTYPE_H
#define COPPICE_DIALECTS_NN_IR_TENSORTYPE_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

namespace coppice::nn {

/// Returns the type of an operand or a result of an nn op, a ranked tensor.
inline mlir::RankedTensorType typeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_IR_TENSORTYPE_H
