//===- UpdateOffers.h - Parameters that a step could train ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_UPDATEOFFERS_H
#define COPPICE_LIB_RUNTIME_UPDATEOFFERS_H

#include "coppice/Planning/Selection.h"
#include "dialects/Train/Transforms/Scheme.h"
#include "lib/Runtime/Contribution.h"
#include "lib/Runtime/UpdatePlanner.h"

namespace coppice::runtime {

/// A weight or a bias that was chosen.
struct ChosenParameter {
  int64_t layer = 0;
  std::string name; // in the file
  bool isBias = false;
  int64_t trained = 0, channels = 0; // 0 channels: they are not told apart
  double contribution = 0;
};

/// The meaning of an option of the knapsack.
struct Offer {
  ChosenParameter parameter;
  llvm::SmallVector<int64_t> channels; // ascending; empty: all
  int64_t state = 0; // bytes that the step writes, whatever else it takes
};

/// The knapsack, and the meaning of its options.
struct UpdateOffers {
  planning::SelectionProblem problem;
  std::vector<std::vector<std::vector<Offer>>> offers; // as in the problem
  /// For each layer without an offer, the reason.
  std::vector<std::string> reasons;
  double total = 0; // contribution of everything

  const Offer &get(const planning::SelectionSolution::Choice &choice) const {
    return offers[choice.layer][choice.group][choice.option];
  }
  train::Scheme
  toScheme(llvm::ArrayRef<planning::SelectionSolution::Choice> choices,
           mlir::MLIRContext *context) const;
};

/// Returns an offer for every bias and every share of a weight that
/// contributes. The bytes to reach a layer are not set.
llvm::Expected<UpdateOffers>
collectOffers(UpdatePlanner &planner,
              llvm::ArrayRef<Contribution> contributions);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_UPDATEOFFERS_H
