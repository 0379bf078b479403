//===- Rectifiers.h - Gradients that a range gates --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_RECTIFIERS_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_RECTIFIERS_H

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace coppice::train {

/// The open range low < value < high.
struct OpenRange {
  mlir::Value value;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// A gradient that passes where a saved value lies in a range.
struct Rectifier {
  nn::WhereOp select;
  OpenRange range;
};

/// Matches comparisons of one tensor with constants, which have no other use.
std::optional<OpenRange> matchRange(mlir::Value condition);

/// Returns the rectifiers that read a saved value, if they are its only readers
/// and a mask can take its place. Otherwise calls `fail` with the reason.
llvm::SmallVector<Rectifier>
findRectifiers(SavedOp saved,
               llvm::function_ref<void(const llvm::Twine &)> fail);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_RECTIFIERS_H
