//===- BFloat16Bits.h - Moves bfloat16s as integers -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_CPU_BFLOAT16BITS_H
#define COPPICE_LIB_TARGET_CPU_BFLOAT16BITS_H

namespace llvm {
class Module;
} // namespace llvm

namespace coppice {

/// Loads, stores, choices and shuffles of bfloat16s become those of 16-bit
/// integers. Arithmetic on bfloat16 is on integers and f32 already; what is
/// left moves it. LLVM holds a bfloat16 outside a vector register as an f32,
/// and rounds it back by a call that not every runtime has. The optimizer
/// makes such values, so this comes after it.
void moveBFloat16AsBits(llvm::Module &module);

} // namespace coppice

#endif // COPPICE_LIB_TARGET_CPU_BFLOAT16BITS_H
