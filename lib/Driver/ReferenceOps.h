//===- ReferenceOps.h - Ops of the reference, by family ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

//
// What each op gives, from its operands in double precision and, where
// TensorFlow Lite has such a form, in the integers before they are rescaled.
// Plain loops that share nothing with the compiler's lowering.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_DRIVER_REFERENCEOPS_H
#define COPPICE_LIB_DRIVER_REFERENCEOPS_H

#include "dialects/NN/IR/NN.h"
#include "lib/Driver/LayerReference.h"

#include <optional>

namespace coppice::driver::reference {

using Operands = llvm::ArrayRef<const ReferenceTensor *>;

/// The families: nullopt for an op of another one.
std::optional<ReferenceTensor> evaluateMovement(mlir::Operation *op,
                                                Operands operands);
std::optional<ReferenceTensor> evaluateContraction(mlir::Operation *op,
                                                   Operands operands);
std::optional<ReferenceTensor> evaluateElementwise(mlir::Operation *op,
                                                   Operands operands);
std::optional<ReferenceTensor> evaluateReduction(mlir::Operation *op,
                                                 Operands operands);
std::optional<ReferenceTensor> evaluateResize(mlir::Operation *op,
                                              Operands operands);

llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);

/// The element at `index`, whose last axes are those of `shape`; extents of 1
/// broadcast.
int64_t flatIndex(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape);

/// Every index, in row-major order.
void forEachIndex(llvm::ArrayRef<int64_t> shape,
                  llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);

/// Appends element `i` of another tensor.
void append(ReferenceTensor &to, const ReferenceTensor &from, int64_t i);

/// The same as `x`, without elements.
ReferenceTensor emptied(const ReferenceTensor &x,
                        llvm::ArrayRef<int64_t> shape);

/// `x` with element `source(index)` at each index.
ReferenceTensor
move(const ReferenceTensor &x, llvm::ArrayRef<int64_t> shape,
     llvm::function_ref<int64_t(llvm::ArrayRef<int64_t>)> source);

/// Adds a bias along the last axis. TensorFlow Lite has the bias in the scale
/// of the products, and adds the integers; it has no form for another one.
void addBias(ReferenceTensor &y, const ReferenceTensor &bias);

/// What has no reference.
ReferenceTensor unknown();

} // namespace coppice::driver::reference

#endif // COPPICE_LIB_DRIVER_REFERENCEOPS_H
