//===- Elements.h - Reads and makes constants -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_ELEMENTS_H
#define COPPICE_LIB_SUPPORT_ELEMENTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include <optional>
#include <vector>

namespace coppice {

/// Returns the elements of a float constant, dense or resource, in row-major
/// order. nullopt if the type is not a float or the resource's data is missing.
std::optional<std::vector<double>> readReals(mlir::ElementsAttr attr);

/// Returns the elements of an integer constant, dense or resource, in row-major
/// order. nullopt if the type is not an integer of whole bytes or the data is
/// missing.
std::optional<std::vector<int64_t>> readIntegers(mlir::ElementsAttr attr,
                                                 bool isSigned = true);

/// Returns the slices of a constant at `indices` of `axis`, for any element
/// type of whole bytes. Null if the data is missing. A large result becomes a
/// resource named after `name`.
mlir::ElementsAttr gatherElements(mlir::ElementsAttr attr, int64_t axis,
                                  llvm::ArrayRef<int64_t> indices,
                                  llvm::StringRef name);

/// Creates a constant of a float tensor type with these elements, rounded to
/// nearest even. A large one becomes a resource named after `name`.
mlir::ElementsAttr makeReals(mlir::RankedTensorType type,
                             llvm::ArrayRef<double> values,
                             llvm::StringRef name);

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_ELEMENTS_H
