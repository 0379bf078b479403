//===- Passes.h - Passes of the nn dialect ----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_TRANSFORMS_PASSES_H
#define COPPICE_DIALECTS_NN_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace coppice::nn {

#define GEN_PASS_DECL
#include "dialects/NN/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dialects/NN/Transforms/Passes.h.inc"

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_TRANSFORMS_PASSES_H
