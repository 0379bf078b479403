//===- Assembly.h - Weights that are joined from slices ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_ASSEMBLY_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_ASSEMBLY_H

#include "mlir/IR/Operation.h"

namespace coppice::train {

/// Whether `op` is part of the assembly of a weight from parameters: a read, or
/// a concatenation or gather of such values.
bool assembles(mlir::Operation *op);

/// Whether the result of the assembly op `op` is stored in memory. A cast of a
/// parameter is not.
bool storesAssembly(mlir::Operation *op);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_ASSEMBLY_H
