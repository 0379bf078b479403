//===- OrderingGraph.h - What is live in a partial order --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_PLANNING_ORDERINGGRAPH_H
#define COPPICE_LIB_PLANNING_ORDERINGGRAPH_H

#include "coppice/Planning/Ordering.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace coppice::planning::detail {

/// Dependencies and users of a problem, each list sorted and unique.
struct OrderingGraph {
  const OrderingProblem &problem;
  std::vector<std::vector<uint32_t>> predecessors, successors;
  /// By storage.
  std::vector<std::vector<uint32_t>> users;
  std::vector<int64_t> definer; ///< -1: given

  explicit OrderingGraph(const OrderingProblem &problem);

  /// Every op after those it depends on, the earliest listed first; shorter
  /// than the problem if there is a cycle.
  std::vector<uint32_t> listedOrder() const;
};

/// A set of ops done and what is live after it.
struct PartialOrder {
  llvm::BitVector done;
  std::vector<uint32_t> ready; ///< sorted
  int64_t live = 0;
  int64_t peak = 0;
};

/// (defined, used): what takes the place of what at `op`, given which of the
/// storages it uses die at it.
llvm::SmallVector<std::pair<uint32_t, uint32_t>, 2>
chooseOverwrites(const OrderedOp &op, llvm::function_ref<bool(uint32_t)> dies);

/// The bytes that what `op` defines need not have of its own, given which of
/// the storages it uses die at it.
int64_t overwrittenBytes(const OrderingProblem &problem, const OrderedOp &op,
                         llvm::function_ref<bool(uint32_t)> dies);

/// What doing one more op costs.
struct StepCost {
  int64_t during = 0; ///< bytes live while it runs
  int64_t after = 0;  ///< bytes live when it has
};

PartialOrder start(const OrderingGraph &graph);
StepCost cost(const OrderingGraph &graph, const PartialOrder &state,
              uint32_t op);
void advance(const OrderingGraph &graph, PartialOrder &state, uint32_t op,
             StepCost cost);
/// A ready op that no better order delays: it fits below `peak` and leaves no
/// more live than before. The first such, if any.
std::optional<uint32_t> freeMove(const OrderingGraph &graph,
                                 const PartialOrder &state, int64_t peak);

/// The peak of a complete order, and the sum of the bytes of all its steps.
std::pair<int64_t, double> evaluate(const OrderingProblem &problem,
                                    llvm::ArrayRef<uint32_t> order);

/// Moves ops next to what they depend on, or to what depends on them, where
/// that lowers the sum of bytes and does not raise the peak.
std::vector<uint32_t> settle(const OrderingGraph &graph,
                             std::vector<uint32_t> order);

std::vector<uint32_t> orderGreedily(const OrderingGraph &graph);
std::vector<uint32_t> orderDepthFirst(const OrderingGraph &graph);
/// The best order that is found among `width` partial orders at a time, if the
/// ready ops that this takes are at most `work`.
std::optional<std::vector<uint32_t>> orderByBeam(const OrderingGraph &graph,
                                                 int64_t width, int64_t work,
                                                 int64_t bound);
/// The order with the least peak, if it is found within `states` states and
/// `work` ready ops.
std::optional<std::vector<uint32_t>> orderExactly(const OrderingGraph &graph,
                                                  int64_t states, int64_t work,
                                                  int64_t bound);

} // namespace coppice::planning::detail

#endif // COPPICE_LIB_PLANNING_ORDERINGGRAPH_H
