//===- WriteInstance.h - Planning instances as files ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_WRITEINSTANCE_H
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_WRITEINSTANCE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/JSON.h"

namespace coppice::plan {

/// Writes an instance as `<folder>/<function>.json`, for coppice-plan. A file
/// is written completely or not at all. Fails with a diagnostic on `function`.
mlir::LogicalResult writeInstance(mlir::func::FuncOp function,
                                  llvm::StringRef folder,
                                  const llvm::json::Value &instance);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_WRITEINSTANCE_H
