//===- Slopes.h - Compares gradients with differences -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RANDOMGRAPHS_SLOPES_H
#define COPPICE_LIB_RANDOMGRAPHS_SLOPES_H

#include "lib/Reference/Tensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice::random_graphs {

/// Interprets a step of plain gradient descent, whose first result is the loss
/// and whose last input is the learning rate. Compares the change of a few
/// elements of each weight with the slope of the loss. Returns the first
/// difference; empty if there is none, and for a step on codes, whose gradients
/// are estimates.
std::string checkSlopes(mlir::func::FuncOp step,
                        llvm::ArrayRef<reference::ReferenceTensor> inputs,
                        uint64_t seed);

} // namespace coppice::random_graphs

#endif // COPPICE_LIB_RANDOMGRAPHS_SLOPES_H
