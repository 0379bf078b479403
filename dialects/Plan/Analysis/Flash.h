//===- Flash.h - What a module keeps in read-only memory --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_ANALYSIS_FLASH_H
#define COPPICE_DIALECTS_PLAN_ANALYSIS_FLASH_H

#include "mlir/IR/BuiltinOps.h"

namespace coppice::plan {

struct FlashTensor {
  std::string name;
  int64_t bytes;
  /// Whether it is the initial value of a parameter in the state.
  bool isInitial;
};

/// The data that a bufferized module keeps in flash, the largest first:
/// constants, which frozen parameters are too, and the initial values of what
/// is in the state. A value that is the same everywhere is code, not data.
llvm::SmallVector<FlashTensor> collectFlash(mlir::ModuleOp module);

int64_t countFlash(llvm::ArrayRef<FlashTensor> tensors);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_ANALYSIS_FLASH_H
