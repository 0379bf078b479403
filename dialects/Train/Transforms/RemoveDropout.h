//===- RemoveDropout.h - Removes dropout from inference ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_REMOVEDROPOUT_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_REMOVEDROPOUT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice::train {

/// Replaces the dropouts of `function` by their inputs.
void removeDropouts(mlir::func::FuncOp function);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_REMOVEDROPOUT_H
