//===- Labels.h - Label files as what a loss takes --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_LABELS_H
#define COPPICE_LIB_RUNTIME_LABELS_H

#include "dialects/Train/Transforms/Losses.h"
#include "lib/Runtime/HostTensor.h"

namespace coppice::runtime {

/// An error that names the first target that is not finite, or not one that the
/// loss takes. Samples are along the first axis.
llvm::Error checkTargets(llvm::StringRef path, const HostTensor &targets,
                         train::LossKind loss);

/// An error where the model's results are none that the loss takes.
llvm::Error checkScores(const HostTensor &scores, train::LossKind loss);

/// What labels belong to.
struct Labelled {
  int64_t count;
  llvm::StringRef path;
};

/// What the model should say: class numbers, or target tensors.
class LabelSet {
public:
  /// Reads class numbers of `images`; `classes` bounds them.
  static llvm::Expected<LabelSet>
  loadClasses(llvm::StringRef path, const Labelled &images, int64_t classes);
  /// Reads targets of the given shape (its first extent is the batch).
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
