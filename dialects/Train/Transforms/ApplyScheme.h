//===- ApplyScheme.h - Resolves a scheme to parameters ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_APPLYSCHEME_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_APPLYSCHEME_H

#include "dialects/Coppice/IR/Names.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice::train {

/// Sets the `train.schemes` of a function with a gradient request. `update` is
/// the value of `--update=`; glob patterns name more parameters to freeze.
/// Fails with a diagnostic that points into the scheme's file.
mlir::LogicalResult applyScheme(mlir::func::FuncOp function,
                                llvm::StringRef update,
                                llvm::ArrayRef<std::string> freeze);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_APPLYSCHEME_H
