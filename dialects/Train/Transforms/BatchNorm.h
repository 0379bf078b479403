//===- BatchNorm.h - Batch norm in training mode ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_BATCHNORM_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_BATCHNORM_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice::train {

/// Makes every batch norm of `function` normalize by its batch and update its
/// running statistics, which keep `momentum` of their old value. Fails with a
/// diagnostic that lists the statistics whose use is no batch norm.
mlir::LogicalResult trainBatchNorm(mlir::func::FuncOp function,
                                   double momentum);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_BATCHNORM_H
