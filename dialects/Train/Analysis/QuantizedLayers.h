//===- QuantizedLayers.h - Layers on codes ----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_ANALYSIS_QUANTIZEDLAYERS_H
#define COPPICE_DIALECTS_TRAIN_ANALYSIS_QUANTIZEDLAYERS_H

#include "dialects/Train/Interfaces/GradientInterface.h"

namespace coppice::train {

/// Whether `op` is a layer with a quantized operand or result. Conversions
/// between formats are not: they have rules of their own.
bool isQuantizedLayer(mlir::Operation &op);

/// Whether `op` itself saturates to a result of 8 bits or fewer, so that no op
/// gives the gradient a mask. An op that moves, selects or averages codes of
/// its result's own type does not saturate. A `lowp.clamp` saturates, but
/// provides its mask.
bool mayClamp(mlir::Operation &op);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_ANALYSIS_QUANTIZEDLAYERS_H
