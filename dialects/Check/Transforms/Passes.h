//===- Passes.h - Lowers checks to calls ------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_CHECK_TRANSFORMS_PASSES_H
#define COPPICE_DIALECTS_CHECK_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice::check {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "dialects/Check/Transforms/Passes.h.inc"

/// Kinds of elements, as arguments of `coppice_check`.
enum class ElementKind { Signed, Unsigned, Float, BFloat16 };
} // namespace coppice::check

#endif // COPPICE_DIALECTS_CHECK_TRANSFORMS_PASSES_H
