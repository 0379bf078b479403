//===- BatchNorm.h - Batch norm in training mode ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_BATCHNORM_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_BATCHNORM_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice::train {

/// The part of a running statistic that a step keeps if the statistic has no
/// `train.running_momentum`.
inline constexpr double kDefaultRunningMomentum = 0.9;

/// Makes every batch norm of `function` normalize by its batch. With
/// `updateStatistics` it also updates the running statistics: each keeps the
/// part of its old value that its `train.running_momentum` says, else
/// `momentum`. Fails with a diagnostic that lists the statistics which other
/// ops than batch norms use.
mlir::LogicalResult trainBatchNorm(mlir::func::FuncOp function, double momentum,
                                   bool updateStatistics = true);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_BATCHNORM_H
