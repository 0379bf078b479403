//===- Contribution.h - The benefit of training a layer ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_CONTRIBUTION_H
#define COPPICE_LIB_RUNTIME_CONTRIBUTION_H

#include "dialects/Train/Analysis/Layers.h"
#include "lib/Runtime/ModelOptions.h"
#include "lib/Runtime/Trainer.h"

namespace coppice::runtime {

/// Returns the layers that a scheme counts, without the classifier. The module
/// must be between the phases quant and train.
llvm::SmallVector<train::Layer> findSchemeLayers(mlir::ModuleOp module);

/// The benefit of training a layer's parameters: the decrease of the expected
/// loss, in the unit of the loss, by the best step along one sample's gradient.
/// A step of rate r along g changes the loss by -r V + r^2 T / 2. V is the
/// squared norm of the expected gradient, and T the curvature along g, which is
/// approximated by the empirical Fisher information: V = E[g . g'] and T = E[(g
/// . g')^2] over pairs of samples. The best r gives V^2 / (2 T).
///
/// This measures the agreement of the samples, and does not change when a
/// layer's parameters are scaled. Squared gradients alone are large where the
/// curvature is large, in layers that diverge at a common rate. Gradients on
/// which the samples disagree average out. V is estimated without bias, and is
/// 0 if the estimate is negative. For a quantized parameter, the gradient is
/// that of the real value.
struct Contribution {
  double bias = 0, weight = 0;
  /// The contribution of the weight, divided among the channels that a scheme
  /// counts by the mean squares of their gradients. These are the empirical
  /// Fisher information, which is accurate for few samples. Empty if channels
  /// cannot be told apart.
  std::vector<double> channels;
};

/// Measures every layer that a scheme counts, with `@gradients` on the first
/// `samples` images (two or more), one by one. Parameters that `step` freezes
/// contribute 0.
llvm::Expected<std::vector<Contribution>>
measureContributions(const ModelOptions &model, const StepOptions &step,
                     const ImageOptions &image, llvm::StringRef images,
                     llvm::StringRef labels, int64_t samples);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_CONTRIBUTION_H
