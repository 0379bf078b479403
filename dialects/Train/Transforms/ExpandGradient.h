//===- ExpandGradient.h - Expansion of a gradient request -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_EXPANDGRADIENT_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_EXPANDGRADIENT_H

#include "dialects/Train/IR/Train.h"

namespace coppice::train {

/// Replaces a gradient request by the backward graph: one reverse walk over the
/// request's block, which must be the only one of its function. Builds the
/// gradients of active values alone (see Activity.h) and adds the contributions
/// of several users. Values of the forward pass reach the backward pass through
/// `train.saved` alone. The gradient of a quantized value is the gradient of
/// the real values that its codes stand for (see RealLayer.h). Fails with one
/// diagnostic that lists every op on an active path without a rule.
mlir::LogicalResult expandGradient(train::GradientOp request);

/// Returns the location of a backward op that serves the op or value at `of`.
mlir::Location gradientLoc(mlir::Location of);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_EXPANDGRADIENT_H
