//===- Reshape.h - Reshapes as collapses and expansions ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_RESHAPE_H
#define COPPICE_LIB_SUPPORT_RESHAPE_H

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

namespace coppice {

/// A collapse or an expansion of axes.
struct ReshapeStep {
  bool isCollapse;
  /// The shape after the step.
  llvm::SmallVector<int64_t> shape;
  /// The axes of the shape with more axes that become, or come from, each axis
  /// of the other shape.
  llvm::SmallVector<mlir::ReassociationIndices> groups;
};

/// Returns the steps that turn the static shape `from` into `to`, which has as
/// many elements: none if they are equal, else one or two.
llvm::SmallVector<ReshapeStep, 2> getReshapeSteps(llvm::ArrayRef<int64_t> from,
                                                  llvm::ArrayRef<int64_t> to);

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_RESHAPE_H
