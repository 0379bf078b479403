//===- Layers.h - The layers that a scheme counts ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_ANALYSIS_LAYERS_H
#define COPPICE_DIALECTS_TRAIN_ANALYSIS_LAYERS_H

#include "dialects/Train/IR/Train.h"

#include <optional>

namespace coppice::train {

/// A convolution or matrix product with a weight.
struct Layer {
  mlir::Operation *op = nullptr;
  train::ParameterOp weight;
  /// The bias, or the shift of the normalization behind a layer that has none;
  /// null where there is neither.
  train::ParameterOp bias;
  /// The weight's stored axis that partial training selects on: input channels,
  /// output channels for a depthwise convolution. nullopt where the weight
  /// reaches the op through a reshape that forms this axis.
  std::optional<int64_t> channelAxis;
};

/// The parameter of role `role` that `value` is, up to transposes, reshapes and
/// conversions; null where it is something else.
train::ParameterOp
traceParameter(mlir::Value value,
               train::ParameterRole role = train::ParameterRole::weight);

/// The layers of `block` that `loss` depends on, in graph order. The last one
/// is the classifier.
llvm::SmallVector<Layer> findLayers(mlir::Block &block, mlir::Value loss);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_ANALYSIS_LAYERS_H
