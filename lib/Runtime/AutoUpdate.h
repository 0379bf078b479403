//===- AutoUpdate.h - Chooses what to train within a budget -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_AUTOUPDATE_H
#define COPPICE_LIB_RUNTIME_AUTOUPDATE_H

#include "lib/Runtime/UpdateOffers.h"

namespace coppice::runtime {

/// What `--update=auto` measures, and where its choice goes.
struct AutoOptions {
  std::string images, labels;
  int64_t samples = 256;
  std::string saveScheme;
};

/// What `--update=auto` came to.
struct AutoChoice {
  /// What `--update=` takes instead: a scheme in braces.
  std::string update;
  /// The same as a file.
  std::string scheme;
  std::vector<ChosenParameter> parameters;
  /// Layers of which nothing is trained, by why.
  std::vector<std::pair<std::string, std::vector<int64_t>>> leftOut;
  int64_t layers = 0; // that the model has, without the classifier
  /// Bytes of arena and state: the budget, what the last model of the choice
  /// said before it was planned, and the plan's own.
  int64_t budget = 0, predicted = 0, planned = 0;
  /// Share of what training everything would contribute.
  double share = 0;
  int64_t plans = 0;
  double measureSeconds = 0, searchSeconds = 0;
  /// The knapsack as it was when nothing better was left.
  planning::SelectionProblem problem;
};

/// Chooses the biases and channels that contribute most under the model's
/// budget. The choice is planned, not only estimated: compiling it needs
/// `planned` bytes.
llvm::Expected<AutoChoice> chooseUpdate(const ModelOptions &model,
                                        const StepOptions &step,
                                        const ImageOptions &image,
                                        const AutoOptions &options);

/// If `--update=auto` is asked for, chooses, puts the scheme in its place,
/// and says on `log` what it came to.
llvm::Expected<std::optional<AutoChoice>>
resolveAuto(const ModelOptions &model, StepOptions &step,
            const ImageOptions &image, const AutoOptions &options,
            llvm::raw_ostream &log);

/// Writes what was chosen for `model`, if that is asked for: once the command
/// has compiled it.
llvm::Error saveScheme(const std::optional<AutoChoice> &choice,
                       llvm::StringRef model, const AutoOptions &options);

llvm::json::Value toJSON(const AutoChoice &choice);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_AUTOUPDATE_H
