//===- Passes.h - Passes between phases -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_PIPELINES_PASSES_H
#define COPPICE_LIB_PIPELINES_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace coppice {
#define GEN_PASS_DECL
#include "lib/Pipelines/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "lib/Pipelines/Passes.h.inc"

enum class Phase;

/// Returns the phase that a pass on `module` gets by name; reports an unknown
/// name.
mlir::FailureOr<Phase> findPhase(mlir::ModuleOp module, llvm::StringRef name);
} // namespace coppice

#endif // COPPICE_LIB_PIPELINES_PASSES_H
