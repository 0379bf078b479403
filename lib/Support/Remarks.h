//===- Remarks.h - Remarks on what passes decide ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_REMARKS_H
#define COPPICE_LIB_SUPPORT_REMARKS_H

#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace coppice {

namespace detail {
inline mlir::remark::RemarkOpts describeRemark(mlir::Operation *op,
                                               llvm::StringRef category,
                                               llvm::StringRef name) {
  auto function = op->getParentOfType<mlir::FunctionOpInterface>();
  return mlir::remark::RemarkOpts::name(name).category(category).function(
      function ? function.getName() : "");
}
} // namespace detail

/// A remark of MLIR's engine that `op` takes a slow path, to be followed by
/// `<< mlir::remark::reason(...)`. Costs nothing where nobody listens;
/// `coppice-opt --remarks-filter=CATEGORY` prints them.
inline mlir::remark::detail::InFlightRemark
missedRemark(mlir::Operation *op, llvm::StringRef category,
             llvm::StringRef name) {
  return mlir::remark::missed(op->getLoc(),
                              detail::describeRemark(op, category, name));
}

/// Likewise, of what a pass decided about `op` and did.
inline mlir::remark::detail::InFlightRemark
passedRemark(mlir::Operation *op, llvm::StringRef category,
             llvm::StringRef name) {
  return mlir::remark::passed(op->getLoc(),
                              detail::describeRemark(op, category, name));
}

/// Likewise, of what a pass considered and left because it does not pay.
inline mlir::remark::detail::InFlightRemark
analysisRemark(mlir::Operation *op, llvm::StringRef category,
               llvm::StringRef name) {
  return mlir::remark::analysis(op->getLoc(),
                                detail::describeRemark(op, category, name));
}

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_REMARKS_H
