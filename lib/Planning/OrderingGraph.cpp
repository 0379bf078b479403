//===- OrderingGraph.cpp - Live bytes of partial orders ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Planning/OrderingGraph.h"

#include "llvm/ADT/STLExtras.h"

#include <queue>

using namespace coppice::planning;
using namespace coppice::planning::detail;

static void makeUnique(std::vector<uint32_t> &list) {
  llvm::sort(list);
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

OrderingGraph::OrderingGraph(const OrderingProblem &problem)
    : problem(problem), predecessors(problem.ops.size()),
      successors(problem.ops.size()), users(problem.storages.size()),
      definer(problem.storages.size(), -1) {
  for (uint32_t op = 0; op < problem.ops.size(); ++op)
    for (uint32_t storage : problem.ops[op].defines)
      definer[storage] = op;
  for (uint32_t op = 0; op < problem.ops.size(); ++op) {
    predecessors[op] = problem.ops[op].after;
    for (uint32_t storage : problem.ops[op].uses) {
      users[storage].push_back(op);
      if (definer[storage] >= 0)
        predecessors[op].push_back(definer[storage]);
    }
    makeUnique(predecessors[op]);
  }
  for (std::vector<uint32_t> &list : users)
    makeUnique(list);
  for (uint32_t op = 0; op < problem.ops.size(); ++op)
    for (uint32_t predecessor : predecessors[op])
      successors[predecessor].push_back(op);
}

std::vector<uint32_t> OrderingGraph::listedOrder() const {
  std::vector<uint32_t> order, missing;
  std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
  for (uint32_t op = 0; op < predecessors.size(); ++op) {
    missing.push_back(predecessors[op].size());
    if (missing[op] == 0)
      ready.push(op);
  }
  while (!ready.empty()) {
    uint32_t op = ready.top();
    ready.pop();
    order.push_back(op);
    for (uint32_t next : successors[op])
      if (--missing[next] == 0)
        ready.push(next);
  }
  return order;
}

llvm::SmallVector<std::pair<uint32_t, uint32_t>, 2>
coppice::planning::detail::chooseOverwrites(
    const OrderedOp &op, llvm::function_ref<bool(uint32_t)> dies) {
  llvm::SmallVector<std::pair<uint32_t, uint32_t>, 2> chosen;
  for (auto [defined, used] : op.overwrites)
    if (!llvm::is_contained(llvm::make_first_range(chosen), defined) &&
        !llvm::is_contained(llvm::make_second_range(chosen), used) &&
        dies(used))
      chosen.emplace_back(defined, used);
  return chosen;
}

int64_t coppice::planning::detail::overwrittenBytes(
    const OrderingProblem &problem, const OrderedOp &op,
    llvm::function_ref<bool(uint32_t)> dies) {
  int64_t bytes = 0;
  for (auto [defined, used] : chooseOverwrites(op, dies))
    bytes +=
        std::min(problem.storages[defined].size, problem.storages[used].size);
  return bytes;
}

PartialOrder coppice::planning::detail::start(const OrderingGraph &graph) {
  PartialOrder state;
  state.done.resize(graph.problem.ops.size());
  for (uint32_t op = 0; op < graph.predecessors.size(); ++op)
    if (graph.predecessors[op].empty())
      state.ready.push_back(op);
  for (auto [storage, users] :
       llvm::zip_equal(graph.problem.storages, graph.users))
    if (storage.given && (storage.kept || !users.empty()))
      state.live += storage.size;
  state.peak = state.live;
  return state;
}

/// Whether `storage` is dead once `op` has run: no op that is left reads it.
static bool diesAt(const OrderingGraph &graph, const PartialOrder &state,
                   uint32_t storage, uint32_t op) {
  return !graph.problem.storages[storage].kept &&
         llvm::all_of(graph.users[storage], [&](uint32_t user) {
           return user == op || state.done[user];
         });
}

StepCost coppice::planning::detail::cost(const OrderingGraph &graph,
                                         const PartialOrder &state,
                                         uint32_t op) {
  const OrderedOp &ordered = graph.problem.ops[op];
  const std::vector<Storage> &storages = graph.problem.storages;
  StepCost result;
  result.during = state.live + ordered.scratch;
  result.after = state.live;
  for (uint32_t storage : ordered.defines) {
    result.during += storages[storage].size;
    if (storages[storage].kept || !graph.users[storage].empty())
      result.after += storages[storage].size;
  }
  result.during -= overwrittenBytes(graph.problem, ordered, [&](uint32_t used) {
    return diesAt(graph, state, used, op);
  });
  for (size_t i = 0; i < ordered.uses.size(); ++i) {
    uint32_t storage = ordered.uses[i];
    bool again =
        llvm::is_contained(llvm::ArrayRef(ordered.uses).take_front(i), storage);
    if (!again && diesAt(graph, state, storage, op))
      result.after -= storages[storage].size;
  }
  return result;
}

void coppice::planning::detail::advance(const OrderingGraph &graph,
                                        PartialOrder &state, uint32_t op,
                                        StepCost cost) {
  state.done.set(op);
  state.peak = std::max(state.peak, cost.during);
  state.live = cost.after;
  state.ready.erase(llvm::lower_bound(state.ready, op));
  for (uint32_t next : graph.successors[op])
    if (llvm::all_of(graph.predecessors[next],
                     [&](uint32_t p) { return state.done[p]; }))
      state.ready.insert(llvm::lower_bound(state.ready, next), next);
}

std::optional<uint32_t>
coppice::planning::detail::freeMove(const OrderingGraph &graph,
                                    const PartialOrder &state, int64_t peak) {
  for (uint32_t op : state.ready) {
    StepCost step = cost(graph, state, op);
    if (step.during <= peak && step.after <= state.live)
      return op;
  }
  return std::nullopt;
}
