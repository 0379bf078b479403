//===- Passes.h - Reports as a pass -----------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REPORT_PASSES_H
#define COPPICE_LIB_REPORT_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice {

/// The attribute that `--report-profile` sets on a function: the names of its
/// kernels.
inline constexpr llvm::StringLiteral kProfileAttr = "plan.profile";
/// The suffix of the function's name for the global array of cycles.
inline constexpr llvm::StringLiteral kProfileSuffix = ".profile";

#define GEN_PASS_DECL
#include "lib/Report/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "lib/Report/Passes.h.inc"

} // namespace coppice

#endif // COPPICE_LIB_REPORT_PASSES_H
