//===- Remarks.h - Decisions that cost speed --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_REMARKS_H
#define COPPICE_LIB_SUPPORT_REMARKS_H

#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace coppice {

/// A remark of MLIR's engine that `op` takes a slow path, to be followed by
/// `<< mlir::remark::reason(...)`. Costs nothing where nobody listens;
/// `coppice-opt --remarks-filter=CATEGORY` prints them.
inline mlir::remark::detail::InFlightRemark
missedRemark(mlir::Operation *op, llvm::StringRef category,
             llvm::StringRef name) {
  auto function = op->getParentOfType<mlir::FunctionOpInterface>();
  return mlir::remark::missed(
      op->getLoc(),
      mlir::remark::RemarkOpts::name(name).category(category).function(
          function ? function.getName() : ""));
}

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_REMARKS_H
