//===- Names.h - Names of shared attributes ---------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Names of the attributes that one folder writes and another one reads.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_COPPICE_IR_NAMES_H
#define COPPICE_DIALECTS_COPPICE_IR_NAMES_H

#include "llvm/ADT/StringRef.h"

namespace coppice {

/// A unit attribute of a function: callers outside of the module call it.
inline constexpr llvm::StringLiteral kEntryAttr = "coppice.entry";
/// An attribute of an argument or result of a function: its `#coppice.role`.
inline constexpr llvm::StringLiteral kRoleAttr = "coppice.role";

} // namespace coppice

namespace coppice::train {

/// A string attribute of a module: the model's name.
inline constexpr llvm::StringLiteral kModelAttr = "train.model";
/// An i64 attribute of a module: the bytes of the state.
inline constexpr llvm::StringLiteral kStateBytesAttr = "train.state_bytes";
/// A unit attribute of a model's function: its file leaves the batch open.
inline constexpr llvm::StringLiteral kOpenBatchAttr = "train.open_batch";
/// A unit attribute of a function that computes what a training step does: its
/// dropouts drop elements.
inline constexpr llvm::StringLiteral kTrainingAttr = "train.training";
/// An attribute of a step, a dictionary from parameters to `#train.update`.
inline constexpr llvm::StringLiteral kSchemesAttr = "train.schemes";

/// An attribute of a parameter that several nodes of the model's file read as
/// one weight: their names, an array of strings.
inline constexpr llvm::StringLiteral kTiedNodesAttr = "train.tied_nodes";
/// Attributes of a slice of a parameter: the symbol of the whole parameter, the
/// stored axis that it was cut along, and the indices of the slice.
inline constexpr llvm::StringLiteral kSliceOfAttr = "train.slice_of";
inline constexpr llvm::StringLiteral kSliceAxisAttr = "train.slice_axis";
inline constexpr llvm::StringLiteral kSliceIndicesAttr = "train.slice_indices";

/// Symbols of parameters: the number of updates, and the counter that seeds the
/// dropouts of a step.
inline constexpr llvm::StringLiteral kStepCounter = "train.step";
inline constexpr llvm::StringLiteral kRandomCounter = "train.random";

} // namespace coppice::train

namespace coppice::plan {

/// i64 attributes of a planned function: the bytes of its arena, and a lower
/// bound of the arena of any plan for the same order of ops.
inline constexpr llvm::StringLiteral kArenaBytesAttr = "plan.arena_bytes";
inline constexpr llvm::StringLiteral kLowerBoundAttr = "plan.lower_bound_bytes";
/// Dictionary attributes of a scheduled function: the bytes that the schedule
/// predicts.
inline constexpr llvm::StringLiteral kScheduleAttr = "plan.schedule";
inline constexpr llvm::StringLiteral kBuffersAttr = "plan.buffers";
/// The suffix of an op's scratch in those dictionaries.
inline constexpr llvm::StringLiteral kScratchSuffix = ".scratch";

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_COPPICE_IR_NAMES_H
