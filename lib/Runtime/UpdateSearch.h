//===- UpdateSearch.h - The best update whose plan fits -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_UPDATESEARCH_H
#define COPPICE_LIB_RUNTIME_UPDATESEARCH_H

#include "lib/Runtime/Progress.h"
#include "lib/Runtime/UpdateOffers.h"

namespace coppice::runtime {

/// No budget is larger.
inline constexpr int64_t kLargestBudget = (int64_t(1) << 48) - 1;

/// Plans that a search may make.
inline constexpr int64_t kMostPlans = 32;

/// A choice with its plan.
struct PlannedUpdate {
  planning::SelectionSolution solution;
  /// The bytes that the knapsack estimates, and those that the plan needs.
  int64_t predicted = 0, planned = 0;
};

/// Returns the most valuable choice found whose plan fits `budget`, and leaves
/// the last estimates in the offers' problem. If even the classifier alone does
/// not fit, the error names the least budget that would.
llvm::Expected<PlannedUpdate> searchUpdate(UpdatePlanner &planner,
                                           UpdateOffers &offers, int64_t budget,
                                           mlir::MLIRContext *context,
                                           Progress &progress);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_UPDATESEARCH_H
