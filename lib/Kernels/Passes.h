//===- Passes.h - Passes of the kernels phase -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_PASSES_H
#define COPPICE_LIB_KERNELS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice {
#define GEN_PASS_DECL
#include "lib/Kernels/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

#endif // COPPICE_LIB_KERNELS_PASSES_H
