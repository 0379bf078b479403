//===- Codegen.h - LLVM IR, assembly and objects ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_CPU_CODEGEN_H
#define COPPICE_LIB_TARGET_CPU_CODEGEN_H

#include "coppice/JIT.h"

namespace coppice {

/// Writes optimised LLVM IR as text, assembly or object.
llvm::Expected<llvm::SmallVector<char, 0>>
emitModule(llvm::Module &module, llvm::TargetMachine &machine,
           CodegenOutput output);

} // namespace coppice

#endif // COPPICE_LIB_TARGET_CPU_CODEGEN_H
