//===- Scheme.h - Sparse update schemes -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_SCHEME_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_SCHEME_H

#include "mlir/IR/Location.h"
#include "mlir/Support/LLVM.h"

#include <string>
#include <vector>

namespace coppice::train {

/// The rule that chooses the channels of a partly trained weight.
enum class ChannelSelection {
  /// The largest L2 norm over the other axes; ties to the lowest index.
  Magnitude,
  First
};

/// A sparse update scheme, as a YAML file writes it:
///
///   bias: 20                 # the last 20 layers train their bias, or `all`,
///                            # or the layers of a list such as [3, 5]
///   weights:                 # whose weight is trained, and how much of it
///     - {layer: 24, ratio: 0.25}   # layers count from 0, without classifier
///     - {name: conv7.weight, ratio: 1}
///     - {layer: 27, channels: [0, 3]}   # these, whatever `select` says
///   select: magnitude        # or first
///   head: full               # the classifier is always trained
///   freeze: ["stem.*"]       # glob patterns of names that stay as they are
struct Scheme {
  struct Weight {
    mlir::Location loc;
    /// The number of a layer, or -1 if a parameter's name is given.
    int64_t layer = -1;
    std::string name;
    double ratio = 1;
    /// The channels that are trained, ascending; empty if `ratio` counts.
    std::vector<int64_t> channels;
  };
  struct Bias {
    mlir::Location loc;
    int64_t layer;
  };
  struct Pattern {
    mlir::Location loc;
    std::string glob;
  };

  bool allWeights = false;
  bool allBiases = false;
  int64_t lastBiases = 0;
  std::optional<mlir::Location> biasLoc;
  std::vector<Bias> biases; // layers by number
  std::vector<Weight> weights;
  ChannelSelection select = ChannelSelection::Magnitude;
  std::vector<Pattern> freeze;
};

/// Reads the scheme that `--update=` names: `full`, `head`, `bias` (all biases
/// and the head), a YAML file, or the scheme itself in braces (`{bias: 3}`).
/// Diagnostics point into the text.
mlir::FailureOr<Scheme> loadScheme(mlir::Location loc, llvm::StringRef update);

/// Returns the number of channels that a ratio trains. The compiler and the
/// search for a scheme both use this rule.
inline int64_t countKept(int64_t channels, double ratio) {
  return static_cast<int64_t>(static_cast<double>(channels) * ratio);
}

/// Prints the numbered biases and weights of a scheme as YAML: one entry a line
/// for a file, or one line in braces for `--update=`.
std::string printScheme(const Scheme &scheme, bool inBraces);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_SCHEME_H
