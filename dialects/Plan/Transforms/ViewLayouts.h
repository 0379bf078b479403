//===- ViewLayouts.h - Layouts of views and parts ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_VIEWLAYOUTS_H
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_VIEWLAYOUTS_H

#include "dialects/Plan/Transforms/Places.h"

namespace coppice::plan {

/// The layouts that values of a block will have in buffers: a slice and a part
/// of a whole have gaps between their rows. Bufferization copies a value whose
/// gaps a reshape would have to bridge. Element types do not matter, so that
/// all layouts are those of bytes. Nothing is said of values of unknown shape,
/// which no plan can hold.
class ViewLayouts {
public:
  explicit ViewLayouts(const Places &places) : places(places) {}

  /// Whether `view`, a view of another value, is a copy.
  bool isCopied(mlir::Value view);
  /// Whether `value` is copied to be read in `shape`.
  bool isCopiedToRead(mlir::Value value, llvm::ArrayRef<int64_t> shape);

private:
  mlir::MemRefType getLayout(mlir::Value value);
  mlir::MemRefType computeLayout(mlir::Value value);

  const Places &places;
  llvm::DenseMap<mlir::Value, mlir::MemRefType> layouts;
};

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_VIEWLAYOUTS_H
