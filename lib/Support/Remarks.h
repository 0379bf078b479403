//===- Remarks.h - Remarks on decisions of passes ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_REMARKS_H
#define COPPICE_LIB_SUPPORT_REMARKS_H

#include "lib/Support/RemarkCategories.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace coppice {

namespace detail {
inline mlir::remark::RemarkOpts getRemarkOptions(mlir::Operation *op,
                                                 RemarkCategory category,
                                                 llvm::StringRef name) {
  auto function = llvm::dyn_cast<mlir::FunctionOpInterface>(op);
  if (!function)
    function = op->getParentOfType<mlir::FunctionOpInterface>();
  return mlir::remark::RemarkOpts::name(name)
      .category(stringify(category))
      .function(function ? function.getName() : "");
}
} // namespace detail

/// Emits a remark that `op` takes a slow path, to be followed by `<<
/// mlir::remark::reason(...)`. It costs nothing if remarks are off.
inline mlir::remark::detail::InFlightRemark
slowPathRemark(mlir::Operation *op, llvm::StringRef name) {
  return mlir::remark::missed(
      op->getLoc(),
      detail::getRemarkOptions(op, RemarkCategory::SlowPath, name));
}

/// Emits a remark on a decision about `op`.
inline mlir::remark::detail::InFlightRemark
decisionRemark(mlir::Operation *op, RemarkCategory category,
               llvm::StringRef name) {
  return mlir::remark::passed(op->getLoc(),
                              detail::getRemarkOptions(op, category, name));
}

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_REMARKS_H
