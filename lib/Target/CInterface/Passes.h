//===- Passes.h - Passes of the C interface ---------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_CINTERFACE_PASSES_H
#define COPPICE_LIB_TARGET_CINTERFACE_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice {
#define GEN_PASS_DECL
#include "lib/Target/CInterface/Passes.h.inc"
} // namespace coppice

#endif // COPPICE_LIB_TARGET_CINTERFACE_PASSES_H
