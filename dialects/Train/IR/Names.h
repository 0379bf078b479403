//===- Names.h - Names that rooms share -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_IR_NAMES_H
#define COPPICE_DIALECTS_TRAIN_IR_NAMES_H

#include "llvm/ADT/StringRef.h"

namespace coppice::train {

/// The counter that seeds the dropouts of a step.
inline constexpr llvm::StringLiteral kRandomCounter = "train.random";

/// On a function, a unit: it computes what a step does, so that its dropouts
/// drop.
inline constexpr llvm::StringLiteral kTrainingAttr = "train.training";

/// On a parameter that several nodes of the model's file read as one weight:
/// their names, an array of strings.
inline constexpr llvm::StringLiteral kTiedNodesAttr = "train.tied_nodes";

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_IR_NAMES_H
