//===- Flash.h - Data of a module in flash ----------------------*- C++ -*-===//
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

/// Returns the data that a bufferized module keeps in flash, the largest first:
/// constants, including frozen parameters, and the initial values of the state.
/// A value whose elements are all equal is code, not data.
llvm::SmallVector<FlashTensor> collectFlash(mlir::ModuleOp module);

int64_t countFlash(llvm::ArrayRef<FlashTensor> tensors);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_ANALYSIS_FLASH_H
