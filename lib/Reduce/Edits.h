//===- Edits.h - Single steps that make a module smaller --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REDUCE_EDITS_H
#define COPPICE_LIB_REDUCE_EDITS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/PatternMatch.h"

#include <functional>

namespace coppice::reduce {

/// One edit of a module; false if it is no longer possible.
using Edit = std::function<bool(mlir::RewriterBase &)>;

/// A kind of edit. `find` returns every place of a module where it may be made,
/// in the same order for equal modules. Edits must be made last to first: an
/// edit does not touch ops that an edit before it refers to.
struct EditKind {
  llvm::StringLiteral name;
  llvm::SmallVector<Edit> (*find)(mlir::ModuleOp);
};

/// All kinds, those that remove most first.
llvm::ArrayRef<EditKind> getEditKinds();

/// Returns an operand of equal type for each result of `op`; empty if one has
/// none.
llvm::SmallVector<mlir::Value> findSubstitutes(mlir::Operation *op);

/// Returns a zero for each result's type; empty if a type has no zero.
llvm::SmallVector<mlir::TypedAttr> findZeros(mlir::Operation *op);

/// Replaces `op` by constants.
void replaceByConstants(mlir::RewriterBase &rewriter, mlir::Operation *op,
                        llvm::ArrayRef<mlir::TypedAttr> values);

} // namespace coppice::reduce

#endif // COPPICE_LIB_REDUCE_EDITS_H
