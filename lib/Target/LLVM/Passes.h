//===- Passes.h - From buffers to the LLVM dialect --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_LLVM_PASSES_H
#define COPPICE_LIB_TARGET_LLVM_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice::target {
#define GEN_PASS_DECL
#include "lib/Target/LLVM/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "lib/Target/LLVM/Passes.h.inc"

/// Builds the pipeline of the target phase: from buffers and loops to the LLVM
/// dialect.
void buildLLVMPipeline(mlir::OpPassManager &pm);

/// Registers `--coppice-to-llvm`, the pipeline above.
void registerLLVMPipeline();
} // namespace coppice::target

#endif // COPPICE_LIB_TARGET_LLVM_PASSES_H
