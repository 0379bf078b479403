//===- Passes.h - The target in the module ----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_RECORD_PASSES_H
#define COPPICE_LIB_TARGET_RECORD_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice {
#define GEN_PASS_DECL
#include "lib/Target/Record/Passes.h.inc"
} // namespace coppice

#endif // COPPICE_LIB_TARGET_RECORD_PASSES_H
