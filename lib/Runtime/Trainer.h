//===- Trainer.h - Evaluating and training over a set of images -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_TRAINER_H
#define COPPICE_LIB_RUNTIME_TRAINER_H

#include "lib/Runtime/Images.h"
#include "lib/Runtime/Labels.h"
#include "lib/Runtime/Program.h"

namespace coppice::runtime {

/// Images and their labels.
struct DataSet {
  ImageSet images;
  LabelSet labels;
};

struct EvalResult {
  double loss = 0, top1 = 0; // mean; fraction
  double seconds = 0;
};

/// Runs `@infer` over the set. The lowest class wins a tie.
llvm::Expected<EvalResult> evaluate(Program &program, AlignedBuffer &state,
                                    const DataSet &data, train::LossKind loss,
                                    bool quiet, bool progress);

struct TrainerOptions {
  train::LossKind loss = train::kLosses[0].kind; // of the evaluation
  int64_t epochs = 1;
  double learningRate = 0.01;
  bool cosine = false;
  int64_t seed = 0;
  int64_t accumulate = 1; // batches that one update takes
  bool shuffle = true, flip = false;
  int64_t maxSteps = 0; // 0: no limit
  bool quiet = false, progress = false;
};

struct EpochResult {
  double loss = 0, top1 = 0; // over the epoch's own batches
  double seconds = 0;
  std::optional<EvalResult> eval;
};

struct TrainResult {
  std::vector<EpochResult> epochs;
  std::vector<double> stepLosses; // before each step
};

/// A run has diverged if its loss exceeds the first loss, or that of a model
/// that knows nothing, by this factor.
inline constexpr double kDivergence = 1000;
/// The factor for the mean of an epoch, which single images do not move. The
/// model before training is evaluated on `kImagesBefore` images.
inline constexpr double kEpochDivergence = 4;
inline constexpr int64_t kImagesBefore = 64;

/// Returns an error if training ruined a model: a parameter or a score for the
/// first images is not finite, their loss exceeds `kDivergence`, or nine of ten
/// changed codes are at the ends of their range. The loss that a step returns
/// is from before its update, so the last update shows only here.
llvm::Error checkTrained(Program &program, AlignedBuffer &state,
                         const DataSet &data, const TrainerOptions &options);

/// Runs `@train` over the set and trains `state` in place. An incomplete last
/// batch is left out; with shuffling, each epoch leaves out other images.
/// `report` is called after each epoch.
llvm::Expected<TrainResult>
train(Program &program, AlignedBuffer &state, const DataSet &data,
      const DataSet *evalData, const TrainerOptions &options,
      llvm::function_ref<void(int64_t epoch, const EpochResult &)> report);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_TRAINER_H
