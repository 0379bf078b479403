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
/// (attribute `train.latent_of`), and lets every function quantize that in
/// place of @w: rounded to the scale of @w, but not clamped to its range. Codes
/// become 16 bits, of which as many are used as sums of 32 bits allow; a clamp
/// to those has a mask as any other. Copies of 32-bit codes are f64.
///
/// This is the published simulation of int8 training (Lin et al., NeurIPS
/// 2022), which int8 training is measured by; no device has the memory.
mlir::LogicalResult addLatentWeights(mlir::ModuleOp module,
                                     llvm::StringRef from);

/// Undoes that for copies that no function writes.
void dropUntrainedLatents(mlir::ModuleOp module);

/// The quantized type that a float copy is rounded to; null for any other
/// parameter.
mlir::quant::QuantizedType getLatentType(ParameterOp parameter);

/// The quantized weight that a float copy is of, else `parameter` itself.
ParameterOp getStoredWeight(ParameterOp parameter);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_LATENTWEIGHTS_H
