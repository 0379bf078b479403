//===- BatchNorm.h - Batch norm in training mode ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_BATCHNORM_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_BATCHNORM_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice::train {

/// How much of a running statistic is kept where it does not say so.
inline constexpr double kDefaultRunningMomentum = 0.9;

/// Makes every batch norm of `function` normalize by its batch and, with
/// `updateStatistics`, update its running statistics, which keep the part of
/// their old value that they say themselves, else `momentum`. Fails with a
/// diagnostic that lists the statistics whose use is no batch norm.
mlir::LogicalResult trainBatchNorm(mlir::func::FuncOp function, double momentum,
                                   bool updateStatistics = true);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_BATCHNORM_H
