//===- Passes.h - nn to linalg ----------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_CONVERSION_NNTOLINALG_PASSES_H
#define COPPICE_LIB_CONVERSION_NNTOLINALG_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Conversion/NNToLinalg/Passes.h.inc"

} // namespace coppice

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_PASSES_H
