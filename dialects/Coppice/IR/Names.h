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

namespace coppice::nn {

/// On an argument, `array<i64: low, high>`: the values that its elements may
/// have, as indices.
inline constexpr llvm::StringLiteral kIndexBoundsAttr = "nn.index_bounds";

} // namespace coppice::nn

namespace coppice::lowp {

/// On a module, "exact" or "tflite": the arithmetic of layers on codes. Absent
/// is exact.
inline constexpr llvm::StringLiteral kRequantizeAttr = "lowp.requantize";
/// On a clip that stands for the range of codes of a layer whose rounding is
/// off (`--lowp-relax-rounding`): the quantized type.
inline constexpr llvm::StringLiteral kClampedAttr = "lowp.clamped";

/// On an argument, a result or a parameter of floats: the range (two f64) that
/// its codes shall cover, and how many bits they have.
inline constexpr llvm::StringLiteral kRangeAttr = "lowp.range";
inline constexpr llvm::StringLiteral kBitsAttr = "lowp.bits";
/// Beside them a unit: the range is the operator's by definition, and the scale
/// is not learned.
inline constexpr llvm::StringLiteral kFixedAttr = "lowp.fixed";
/// On a result that is there for its range alone, a unit.
inline constexpr llvm::StringLiteral kInnerAttr = "lowp.inner";
/// On the parameter of a learned scale, a string: its tensor's name.
inline constexpr llvm::StringLiteral kScaleOfAttr = "lowp.scale_of";

} // namespace coppice::lowp

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

/// On a function with a gradient request, an f64: the loss is multiplied by it,
/// and what the request gives divided.
inline constexpr llvm::StringLiteral kLossScaleAttr = "train.loss_scale";
/// On a function with a gradient request, a policy of `train.saved`: how
/// gradients of activations are held. Differentiation obeys and removes it.
inline constexpr llvm::StringLiteral kGradientFormatAttr =
    "train.gradient_format";
/// On a function with a gradient request, an array of strings: the
/// approximations that its backward pass takes.
inline constexpr llvm::StringLiteral kApproximateAttr = "train.approximate";
/// On a result of a function, a unit: it is a gradient that an approximate rule
/// took part in.
inline constexpr llvm::StringLiteral kApproximateGradientAttr =
    "train.approximate_gradient";

/// On a parameter of role `statistic`: how much of it a training step keeps, an
/// f64 from 0 to 1.
inline constexpr llvm::StringLiteral kRunningMomentumAttr =
    "train.running_momentum";
/// On a float parameter of role `weight`, a unit: its updates are relative.
inline constexpr llvm::StringLiteral kRelativeUpdateAttr =
    "train.relative_update";
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
/// Behind a function's name: the parameter that counts its calls.
inline constexpr llvm::StringLiteral kCallsSuffix = ".calls";

} // namespace coppice::train

namespace coppice::plan {

/// i64 attributes of a planned function: the bytes of its arena, and a lower
/// bound of the arena of any plan for the same order of ops.
inline constexpr llvm::StringLiteral kArenaBytesAttr = "plan.arena_bytes";
inline constexpr llvm::StringLiteral kLowerBoundAttr = "plan.lower_bound_bytes";
/// A dictionary attribute of a scheduled function: what the schedule predicts.
inline constexpr llvm::StringLiteral kScheduleAttr = "plan.schedule";
/// In it, an i64: the most bytes that live at once.
inline constexpr llvm::StringLiteral kLiveBytes = "live_bytes";
/// The suffix of the name of a kernel's scratch.
inline constexpr llvm::StringLiteral kScratchSuffix = ".scratch";

/// On a function whose kernels are timed, an array of strings: their names.
inline constexpr llvm::StringLiteral kProfileAttr = "plan.profile";
/// Behind the function's name: the global array of their cycles.
inline constexpr llvm::StringLiteral kProfileSuffix = ".profile";

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_COPPICE_IR_NAMES_H
