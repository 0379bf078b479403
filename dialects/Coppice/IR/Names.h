//===- Names.h - Attribute names that rooms share ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// An attribute that one room writes and another one reads has its name here.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_COPPICE_IR_NAMES_H
#define COPPICE_DIALECTS_COPPICE_IR_NAMES_H

#include "llvm/ADT/StringRef.h"

namespace coppice {

/// On a function, a unit: callers outside of the module call it.
inline constexpr llvm::StringLiteral kEntryAttr = "coppice.entry";
/// On an argument or result of a function: its `#coppice.role`.
inline constexpr llvm::StringLiteral kRoleAttr = "coppice.role";

} // namespace coppice

namespace coppice::train {

/// On a module, a string: the model's name.
inline constexpr llvm::StringLiteral kModelAttr = "train.model";
/// On a module, an i64: the bytes of the state.
inline constexpr llvm::StringLiteral kStateBytesAttr = "train.state_bytes";
/// On the function of a model, a unit: its file leaves the batch open.
inline constexpr llvm::StringLiteral kOpenBatchAttr = "train.open_batch";
/// On a function, a unit: it computes what a step does, so that its dropouts
/// drop.
inline constexpr llvm::StringLiteral kTrainingAttr = "train.training";
/// On a step, a dictionary from parameters to `#train.update`.
inline constexpr llvm::StringLiteral kSchemesAttr = "train.schemes";

/// On a parameter that several nodes of the model's file read as one weight:
/// their names, an array of strings.
inline constexpr llvm::StringLiteral kTiedNodesAttr = "train.tied_nodes";
/// On a part of a parameter: the symbol of the whole one, the stored axis that
/// it was cut along and its indices there.
inline constexpr llvm::StringLiteral kSliceOfAttr = "train.slice_of";
inline constexpr llvm::StringLiteral kSliceAxisAttr = "train.slice_axis";
inline constexpr llvm::StringLiteral kSliceIndicesAttr = "train.slice_indices";

/// Symbols of parameters: the number of updates, and the counter that seeds the
/// dropouts of a step.
inline constexpr llvm::StringLiteral kStepCounter = "train.step";
inline constexpr llvm::StringLiteral kRandomCounter = "train.random";

} // namespace coppice::train

namespace coppice::plan {

/// On a planned function, i64s: the bytes of its arena, and what no plan for
/// the same order of ops can go below.
inline constexpr llvm::StringLiteral kArenaBytesAttr = "plan.arena_bytes";
inline constexpr llvm::StringLiteral kLowerBoundAttr = "plan.lower_bound_bytes";
/// On a scheduled function, dictionaries: what the schedule promises.
inline constexpr llvm::StringLiteral kScheduleAttr = "plan.schedule";
inline constexpr llvm::StringLiteral kBuffersAttr = "plan.buffers";
/// Of what an op needs for itself, in the latter.
inline constexpr llvm::StringLiteral kScratchSuffix = ".scratch";

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_COPPICE_IR_NAMES_H
