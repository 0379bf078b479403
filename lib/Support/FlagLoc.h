//===- FlagLoc.h - A flag as a location -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_FLAGLOC_H
#define COPPICE_LIB_SUPPORT_FLAGLOC_H

#include "mlir/IR/Location.h"

namespace coppice {

/// Returns the location for an error that the value of a flag causes. The
/// commands print `--name=value: ...`, as for their own errors.
inline mlir::Location getFlagLoc(mlir::MLIRContext *context,
                                 llvm::StringRef name, llvm::StringRef value) {
  return mlir::FileLineColLoc::get(context, ("--" + name + "=" + value).str(),
                                   0, 0);
}

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_FLAGLOC_H
