//===- LatentWeights.h - Float copies of quantized weights ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_LATENTWEIGHTS_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_LATENTWEIGHTS_H

#include "dialects/Train/IR/Train.h"
#include "mlir/IR/BuiltinOps.h"

namespace coppice::train {

/// Gives every quantized weight @w that `@from` reads a float copy @w.latent
/// (attribute `train.latent_of`). Every function then reads the copy and
/// quantizes it: it rounds to the scale of @w but does not clamp to its range.
/// The codes have 16 bits, of which as many are used as sums of 32 bits allow.
/// A clamp to that range has a mask, as any other clamp. Copies of 32-bit codes
/// are f64.
///
/// This is the published simulation of int8 training (Lin et al., NeurIPS
/// 2022), which int8 training is compared with. It is too large for a device.
mlir::LogicalResult addLatentWeights(mlir::ModuleOp module,
                                     llvm::StringRef from);

/// Removes the float copies that no function writes, and reads the quantized
/// weights again.
void dropUntrainedLatents(mlir::ModuleOp module);

/// Returns the quantized type that a float copy is rounded to; null for any
/// other parameter.
mlir::quant::QuantizedType getLatentType(ParameterOp parameter);

/// Returns the quantized weight that `parameter` is a float copy of, else
/// `parameter` itself.
ParameterOp getStoredWeight(ParameterOp parameter);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_LATENTWEIGHTS_H
