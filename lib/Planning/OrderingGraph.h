//===- OrderingGraph.h - Live bytes of partial orders -----------*- C++ -*-===//
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
  /// The users of each storage.
  std::vector<std::vector<uint32_t>> users;
  std::vector<int64_t> definer; ///< -1: given

  explicit OrderingGraph(const OrderingProblem &problem);

  /// Returns the ops in an order in which each one comes after its
  /// predecessors, the earliest listed one first. The result is shorter than
  /// the problem if there is a cycle.
  std::vector<uint32_t> listedOrder() const;
};

/// A set of ops that have run, and the storages that are live after them.
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

/// Returns the bytes that `op` saves by overwriting storages that die at it.
int64_t overwrittenBytes(const OrderingProblem &problem, const OrderedOp &op,
                         llvm::function_ref<bool(uint32_t)> dies);

/// The bytes that are live while one more op runs, and after it.
struct StepCost {
  int64_t during = 0; ///< bytes live while it runs
  int64_t after = 0;  ///< bytes live when it has
};

PartialOrder start(const OrderingGraph &graph);
StepCost cost(const OrderingGraph &graph, const PartialOrder &state,
              uint32_t op);
void advance(const OrderingGraph &graph, PartialOrder &state, uint32_t op,
             StepCost cost);
/// Returns the first ready op that can run at once without loss: it stays below
/// `peak` and does not increase the live bytes.
std::optional<uint32_t> freeMove(const OrderingGraph &graph,
                                 const PartialOrder &state, int64_t peak);

/// Returns the peak of a complete order, and the sum of the live bytes of all
/// steps.
std::pair<int64_t, double> evaluate(const OrderingProblem &problem,
                                    llvm::ArrayRef<uint32_t> order);

/// Moves ops next to their predecessors or to their users, if that lowers the
/// sum of live bytes and does not raise the peak.
std::vector<uint32_t> settle(const OrderingGraph &graph,
                             std::vector<uint32_t> order);

std::vector<uint32_t> orderGreedily(const OrderingGraph &graph);
std::vector<uint32_t> orderDepthFirst(const OrderingGraph &graph);
/// Returns the best order that a beam search with `width` partial orders finds;
/// nullopt if it looks at more than `work` ready ops.
std::optional<std::vector<uint32_t>> orderByBeam(const OrderingGraph &graph,
                                                 int64_t width, int64_t work,
                                                 int64_t bound);
/// Returns an order with the least peak; nullopt if the search takes more than
/// `states` states or `work` ready ops.
std::optional<std::vector<uint32_t>> orderExactly(const OrderingGraph &graph,
                                                  int64_t states, int64_t work,
                                                  int64_t bound);

} // namespace coppice::planning::detail

#endif // COPPICE_LIB_PLANNING_ORDERINGGRAPH_H
