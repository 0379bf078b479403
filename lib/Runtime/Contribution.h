//===- Contribution.h - What training a layer would bring -------*- C++ -*-===//
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

/// The layers that a scheme counts, of a module between the phases quant and
/// train; the classifier is not among them.
llvm::SmallVector<train::Layer> findSchemeLayers(mlir::ModuleOp module);

/// What training a layer's parameters would bring: the decrease of the expected
/// loss, in its own unit, in the best step along one sample's gradient. A step
/// of rate r along g changes the loss by -r V + r^2 T / 2, where V is the
/// squared norm of the expected gradient and T the curvature along g, for which
/// the empirical Fisher information stands: V = E[g . g'] and T = E[(g . g')^2]
/// over pairs of samples. The best r gives V^2 / (2 T).
///
/// That is how much the samples agree, and it does not change when a layer's
/// parameters are scaled: squared gradients alone are large where the curvature
/// is, in layers that a common rate makes diverge. What the samples disagree
/// about averages out and brings nothing; V is estimated without bias, and 0
/// where the estimate is negative. Of a quantized parameter the gradient is
/// that of the real value.
struct Contribution {
  double bias = 0, weight = 0;
  /// The weight's, divided among its channels (those that a scheme counts) by
  /// mean squares of their gradients, the empirical Fisher information, which
  /// few samples tell better; empty where channels cannot be told apart.
  std::vector<double> channels;
};

/// Measures every layer that a scheme counts, with `@gradients` on the first
/// `samples` images, one by one; two at least. 0 for what `step` freezes.
llvm::Expected<std::vector<Contribution>>
measureContributions(const ModelOptions &model, const StepOptions &step,
                     const ImageOptions &image, llvm::StringRef images,
                     llvm::StringRef labels, int64_t samples);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_CONTRIBUTION_H
