//===- Scheme.h - Which parameters a step trains ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_AUTODIFF_SCHEME_H
#define COPPICE_LIB_AUTODIFF_SCHEME_H

#include "mlir/IR/Location.h"
#include "mlir/Support/LLVM.h"

#include <string>
#include <vector>

namespace coppice::autodiff {

/// How the channels of a partly trained weight are chosen.
enum class ChannelSelection {
  /// The largest L2 norm over the other axes; ties to the lowest index.
  Magnitude,
  First
};

/// A sparse update scheme as a YAML file states it:
///
///   bias: 20                 # the last 20 layers train their bias, or `all`
///   weights:                 # whose weight is trained, and how much of it
///     - {layer: 24, ratio: 0.25}   # layers count from 0, without classifier
///     - {name: conv7.weight, ratio: 1}
///   select: magnitude        # or first
///   head: full               # the classifier is always trained
///   freeze: ["stem.*"]       # glob patterns of names that stay as they are
struct Scheme {
  struct Weight {
    mlir::Location loc;
    /// A layer's number, or -1 and a parameter's name.
    int64_t layer = -1;
    std::string name;
    double ratio = 1;
  };
  struct Pattern {
    mlir::Location loc;
    std::string glob;
  };

  bool allWeights = false;
  bool allBiases = false;
  int64_t lastBiases = 0;
  std::optional<mlir::Location> biasLoc;
  std::vector<Weight> weights;
  ChannelSelection select = ChannelSelection::Magnitude;
  std::vector<Pattern> freeze;
};

/// The scheme that `--update=` names: `full`, `head`, `bias` (all biases and
/// the head) or a YAML file. Diagnostics point into the file.
mlir::FailureOr<Scheme> loadScheme(mlir::Location loc, llvm::StringRef update);

} // namespace coppice::autodiff

#endif // COPPICE_LIB_AUTODIFF_SCHEME_H
