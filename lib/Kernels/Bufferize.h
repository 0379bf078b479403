//===- Bufferize.h - From tensors to static buffers -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_BUFFERIZE_H
#define COPPICE_LIB_KERNELS_BUFFERIZE_H

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace coppice {

/// From linalg on tensors to linalg on buffers: all buffers are entry-block
/// `memref.alloc`s of static size, functions return nothing, nothing is freed.
void buildBufferizePipeline(mlir::OpPassManager &pm);

/// Registers `--coppice-bufferize`, the pipeline above.
void registerBufferizePipeline();

} // namespace coppice

#endif // COPPICE_LIB_KERNELS_BUFFERIZE_H
