//===- Passes.h - Reports as a pass -----------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REPORT_PASSES_H
#define COPPICE_LIB_REPORT_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice {

/// On a function that `--report-profile` has been at: the names of its kernels.
inline constexpr llvm::StringLiteral kProfileAttr = "plan.profile";
/// Behind the function's name: the global array of their cycles.
inline constexpr llvm::StringLiteral kProfileSuffix = ".profile";

#define GEN_PASS_DECL
#include "lib/Report/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "lib/Report/Passes.h.inc"

} // namespace coppice

#endif // COPPICE_LIB_REPORT_PASSES_H
