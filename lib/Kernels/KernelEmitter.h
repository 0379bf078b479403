//===- KernelEmitter.h - Vector loops of a tiled kernel ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_KERNELEMITTER_H
#define COPPICE_LIB_KERNELS_KERNELEMITTER_H

#include "lib/Kernels/Tiling.h"

namespace coppice::kernels {

/// Writes `kernel` as scf loops over vector tiles at the builder's insertion
/// point.
void emitKernel(mlir::OpBuilder &builder, const LoopKernel &kernel,
                const Tiling &tiling);

/// Emits the body of a structured op on vectors of `width` elements, and
/// returns what it yields for `arguments`. With `contract`, a multiply that
/// feeds an add becomes one `vector.fma`.
llvm::SmallVector<mlir::Value> emitBody(mlir::OpBuilder &builder,
                                        mlir::linalg::GenericOp op,
                                        mlir::ArrayRef<mlir::Value> arguments,
                                        int64_t width, bool contract);

} // namespace coppice::kernels

#endif // COPPICE_LIB_KERNELS_KERNELEMITTER_H
