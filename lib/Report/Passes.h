//===- Passes.h - Reports as a pass -----------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REPORT_PASSES_H
#define COPPICE_LIB_REPORT_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice {

#define GEN_PASS_DECL
#include "lib/Report/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "lib/Report/Passes.h.inc"

} // namespace coppice

#endif // COPPICE_LIB_REPORT_PASSES_H
