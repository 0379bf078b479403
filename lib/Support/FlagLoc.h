//===- FlagLoc.h - A flag as a location -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_FLAGLOC_H
#define COPPICE_LIB_SUPPORT_FLAGLOC_H

#include "mlir/IR/Location.h"

namespace coppice {

/// Where an error lies that the value of a flag causes: the commands print
/// `--name=value: ...`, as they do for errors of their own.
inline mlir::Location getFlagLoc(mlir::MLIRContext *context,
                                 llvm::StringRef name, llvm::StringRef value) {
  return mlir::FileLineColLoc::get(context, ("--" + name + "=" + value).str(),
                                   0, 0);
}

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_FLAGLOC_H
