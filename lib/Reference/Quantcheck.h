//===- Quantcheck.h - Compiled layers against their definition --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REFERENCE_QUANTCHECK_H
#define COPPICE_LIB_REFERENCE_QUANTCHECK_H

#include "lib/Runtime/Images.h"
#include "lib/Runtime/ModelOptions.h"

#include <map>

namespace coppice::reference {

/// How many codes differ from a reference.
struct CodeDifference {
  int64_t codes = 0, differing = 0, largest = 0;

  void add(int64_t code, int64_t reference);
  void add(const CodeDifference &other);
};

/// One quantized value, over all images.
struct LayerDifference {
  std::string name, op;
  /// The difference from double precision and from TensorFlow Lite's kernels.
  /// `fixed` has no codes if there is no such kernel.
  CodeDifference exact, fixed;
  bool isKnown = true;
};

struct QuantcheckReport {
  std::vector<LayerDifference> layers;
  int64_t images = 0, batch = 0; // what was run

  /// Returns the sums over the layers of each op.
  std::map<std::string, LayerDifference> getOps() const;
};

/// Runs the first `wanted` images, or the batches that ten images need, and
/// recomputes every layer from the codes that the compiled program gave for its
/// operands.
llvm::Expected<QuantcheckReport> checkLayers(const runtime::ModelOptions &model,
                                             llvm::StringRef images,
                                             const runtime::ImageOptions &image,
                                             std::optional<int64_t> wanted);

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_QUANTCHECK_H
