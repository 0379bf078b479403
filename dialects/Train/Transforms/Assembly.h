//===- Assembly.h - Weights that are put together ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_ASSEMBLY_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_ASSEMBLY_H

#include "mlir/IR/Operation.h"

namespace coppice::train {

/// Whether `op` only moves what parameters hold: concatenations and gathers of
/// reads, down to the reads themselves.
bool assembles(mlir::Operation *op);

/// Whether a value of the assembly `op` is stored: a cast of a parameter is
/// not.
bool storesAssembly(mlir::Operation *op);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_ASSEMBLY_H
