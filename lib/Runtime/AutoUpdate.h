//===- AutoUpdate.h - Chooses a sparse update within a budget ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_AUTOUPDATE_H
#define COPPICE_LIB_RUNTIME_AUTOUPDATE_H

#include "lib/Runtime/UpdateOffers.h"

namespace coppice::runtime {

/// The input of `--update=auto`, and the file for its choice.
struct AutoOptions {
  std::string images, labels;
  int64_t samples = 256;
  std::string saveScheme;
};

/// The result of `--update=auto`.
struct AutoChoice {
  /// The value for `--update=` that makes the same choice: a scheme in braces.
  std::string update;
  /// The choice as a scheme file.
  std::string scheme;
  std::vector<ChosenParameter> parameters;
  /// Layers that are not trained, grouped by reason.
  std::vector<std::pair<std::string, std::vector<int64_t>>> leftOut;
  int64_t layers = 0; // of the model, without the classifier
  /// Bytes of arena and state: the budget, the estimate before the choice was
  /// planned, and the bytes of the plan.
  int64_t budget = 0, predicted = 0, planned = 0;
  /// The share of the contribution of all parameters.
  double share = 0;
  int64_t plans = 0;
  double measureSeconds = 0, searchSeconds = 0;
  /// The knapsack with its last estimates, for which no better choice is left.
  planning::SelectionProblem problem;
};

/// Chooses the biases and channels that contribute most within the model's
/// budget. The choice has been planned: compiling it needs `planned` bytes.
llvm::Expected<AutoChoice> chooseUpdate(const ModelOptions &model,
                                        const StepOptions &step,
                                        const ImageOptions &image,
                                        const AutoOptions &options);

/// If `--update=auto` is given, chooses, replaces it by the chosen scheme, and
/// reports the choice on `log`.
llvm::Expected<std::optional<AutoChoice>>
resolveAuto(const ModelOptions &model, StepOptions &step,
            const ImageOptions &image, const AutoOptions &options,
            llvm::raw_ostream &log);

/// Writes the scheme chosen for `model`, if that is asked for. Called after the
/// command has compiled the model.
llvm::Error saveScheme(const std::optional<AutoChoice> &choice,
                       llvm::StringRef model, const AutoOptions &options);

llvm::json::Value toJSON(const AutoChoice &choice);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_AUTOUPDATE_H
