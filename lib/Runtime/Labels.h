//===- Labels.h - Label files as input of a loss ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_LABELS_H
#define COPPICE_LIB_RUNTIME_LABELS_H

#include "dialects/Train/Transforms/Losses.h"
#include "lib/Runtime/HostTensor.h"

namespace coppice::runtime {

/// Returns an error that names the first target that is not finite, or that the
/// loss does not accept. Samples are along the first axis.
llvm::Error checkTargets(llvm::StringRef path, const HostTensor &targets,
                         train::LossKind loss);

/// Returns an error if the loss does not accept the model's results.
llvm::Error checkScores(const HostTensor &scores, train::LossKind loss);

/// The images that labels belong to.
struct Labelled {
  int64_t count;
  llvm::StringRef path;
};

/// The expected results: class numbers, or target tensors.
class LabelSet {
public:
  /// Reads class numbers of `images`; `classes` bounds them.
  static llvm::Expected<LabelSet>
  loadClasses(llvm::StringRef path, const Labelled &images, int64_t classes);
  /// Reads targets of the given shape, whose first extent is the batch.
  static llvm::Expected<LabelSet> loadTargets(llvm::StringRef path,
                                              const Labelled &images,
                                              llvm::ArrayRef<int64_t> shape,
                                              train::LossKind loss);

  bool areClasses() const { return !isFloat(values.getKind()); }
  int64_t getClass(int64_t index) const { return values.getAsInteger(index); }

  /// Writes label `index` as number `slot` of `batch`.
  void fill(int64_t index, int64_t slot, HostTensor &batch) const;

private:
  HostTensor values;
};

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_LABELS_H
