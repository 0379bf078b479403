//===- Passes.h - Passes of the lowp dialect --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_TRANSFORMS_PASSES_H
#define COPPICE_DIALECTS_LOWP_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice::lowp {

#define GEN_PASS_DECL
#include "dialects/LowP/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dialects/LowP/Transforms/Passes.h.inc"

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_TRANSFORMS_PASSES_H
