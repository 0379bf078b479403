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
  /// From double precision and from TensorFlow Lite's kernels; the latter has
  /// no codes where they are no reference.
  CodeDifference exact, fixed;
  bool isKnown = true;
};

struct QuantcheckReport {
  std::vector<LayerDifference> layers;
  int64_t images = 0, batch = 0; // what was run

  /// Sums over the layers of each op.
  std::map<std::string, LayerDifference> getOps() const;
};

/// Runs the first `wanted` images, or as many batches as ten images give, and
/// recomputes every layer from the codes that the compiled program gave for its
/// operands.
llvm::Expected<QuantcheckReport> checkLayers(const runtime::ModelOptions &model,
                                             llvm::StringRef images,
                                             const runtime::ImageOptions &image,
                                             std::optional<int64_t> wanted);

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_QUANTCHECK_H
