//===- Passes.h - Passes of the train dialect -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_PASSES_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_PASSES_H

#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Losses.h"
#include "mlir/Pass/Pass.h"

namespace coppice::train {

/// The optimizers that `--train-build-step` knows by name.
enum class OptimizerKind { SGD, Adam, AdamW };

/// The statistics that a step's batch norms normalize by.
enum class BatchNormMode { Frozen, Train };

/// The form in which a step keeps the quantized weights that it trains.
enum class WeightFormat { Int8, Latent };

/// The format in which gradients of activations are stored.
enum class GradientFormat { F32, BF16, F16, Int8 };

#define GEN_PASS_DECL
#include "dialects/Train/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dialects/Train/Transforms/Passes.h.inc"

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_PASSES_H
