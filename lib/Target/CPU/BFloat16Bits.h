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

/// Converts loads, stores, selects and shuffles of bfloat16s to the same
/// instructions on 16-bit integers. Arithmetic on bfloat16 is already on
/// integers and f32, so only instructions that move values are left. LLVM holds
/// a bfloat16 outside of a vector register as an f32, and rounds it back by a
/// call of a function that some runtimes lack. The optimizer creates such
/// values, so this runs after it.
void moveBFloat16AsBits(llvm::Module &module);

} // namespace coppice

#endif // COPPICE_LIB_TARGET_CPU_BFLOAT16BITS_H
