//===- OrderingSolvers.cpp - Orders of ops, heuristic and exact -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Planning/OrderingGraph.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <map>
#include <queue>

using namespace coppice::planning;
using namespace coppice::planning::detail;

std::vector<uint32_t>
coppice::planning::detail::orderGreedily(const OrderingGraph &graph) {
  PartialOrder state = start(graph);
  std::vector<uint32_t> order;
  while (!state.ready.empty()) {
    uint32_t best = state.ready.front();
    StepCost least = cost(graph, state, best);
    for (uint32_t op : llvm::ArrayRef(state.ready).drop_front()) {
      StepCost step = cost(graph, state, op);
      if (std::make_pair(step.after, step.during) <
          std::make_pair(least.after, least.during)) {
        best = op;
        least = step;
      }
    }
    advance(graph, state, best, least);
    order.push_back(best);
  }
  return order;
}

std::vector<uint32_t>
coppice::planning::detail::orderDepthFirst(const OrderingGraph &graph) {
  // Depth first from each op without successor: an op comes behind its
  // predecessors, and the predecessor listed last goes next to its user.
  std::vector<uint32_t> order;
  std::vector<bool> seen(graph.predecessors.size());
  for (uint32_t root = 0; root < graph.predecessors.size(); ++root) {
    if (!graph.successors[root].empty())
      continue;
    std::vector<std::pair<uint32_t, size_t>> stack{{root, 0}};
    seen[root] = true;
    while (!stack.empty()) {
      auto &[op, next] = stack.back();
      if (next == graph.predecessors[op].size()) {
        order.push_back(op);
        stack.pop_back();
        continue;
      }
      uint32_t predecessor = graph.predecessors[op][next++];
      if (!seen[predecessor]) {
        seen[predecessor] = true;
        stack.emplace_back(predecessor, 0);
      }
    }
  }
  return order;
}

namespace {
/// A partial order, and the index of the state that it continues.
struct Node {
  PartialOrder state;
  int64_t parent = -1;
  std::vector<uint32_t> moves; ///< since the parent
};
} // namespace

/// Runs `op`, then every op that `freeMove` finds. Subtracts the ready ops that
/// it looks at from `work`.
static Node follow(const OrderingGraph &graph, const Node &from, int64_t parent,
                   std::optional<uint32_t> op, int64_t bound, int64_t &work) {
  Node node{from.state, parent, {}};
  while (op) {
    work -= node.state.ready.size();
    advance(graph, node.state, *op, cost(graph, node.state, *op));
    node.moves.push_back(*op);
    op = freeMove(graph, node.state, std::max(bound, node.state.peak));
  }
  return node;
}

static std::vector<uint32_t> trace(llvm::ArrayRef<Node> nodes, int64_t last) {
  std::vector<uint32_t> order;
  for (int64_t i = last; i >= 0; i = nodes[i].parent)
    order.insert(order.end(), nodes[i].moves.rbegin(), nodes[i].moves.rend());
  std::reverse(order.begin(), order.end());
  return order;
}

/// Returns the initial state, after the ops that `freeMove` finds.
static Node root(const OrderingGraph &graph, int64_t bound, int64_t &work) {
  Node node{start(graph), -1, {}};
  return follow(graph, node, -1,
                freeMove(graph, node.state, std::max(bound, node.state.peak)),
                bound, work);
}

static bool isComplete(const Node &node) { return node.state.done.all(); }

std::optional<std::vector<uint32_t>> coppice::planning::detail::orderByBeam(
    const OrderingGraph &graph, int64_t width, int64_t work, int64_t bound) {
  std::vector<Node> nodes{root(graph, bound, work)};
  std::vector<int64_t> level{0};
  std::optional<int64_t> best;
  while (!level.empty()) {
    // States are keyed by the set of ops that have run: the rest of the search
    // does not depend on their order.
    std::map<std::vector<uint32_t>, Node> next;
    for (int64_t index : level) {
      if (isComplete(nodes[index])) {
        if (!best || nodes[index].state.peak < nodes[*best].state.peak)
          best = index;
        continue;
      }
      for (uint32_t op : nodes[index].state.ready) {
        if (work <= 0)
          return best ? std::optional(trace(nodes, *best)) : std::nullopt;
        Node node = follow(graph, nodes[index], index, op, bound, work);
        if (best && node.state.peak >= nodes[*best].state.peak)
          continue;
        std::vector<uint32_t> key;
        for (unsigned done : node.state.done.set_bits())
          key.push_back(done);
        auto [entry, isNew] = next.try_emplace(std::move(key), node);
        if (!isNew && node.state.peak < entry->second.state.peak)
          entry->second = std::move(node);
      }
    }
    std::vector<Node *> ranked;
    for (auto &[key, node] : next)
      ranked.push_back(&node);
    auto better = [&](const Node *a, const Node *b) {
      auto key = [&](const Node *node) {
        return std::make_tuple(std::max(node->state.peak, bound),
                               node->state.live,
                               -int64_t(node->state.done.count()));
      };
      return key(a) != key(b) ? key(a) < key(b) : a->moves < b->moves;
    };
    llvm::sort(ranked, better);
    if (int64_t(ranked.size()) > width)
      ranked.resize(width);
    level.clear();
    for (Node *node : ranked) {
      level.push_back(nodes.size());
      nodes.push_back(std::move(*node));
    }
  }
  return trace(nodes, *best);
}

std::optional<std::vector<uint32_t>> coppice::planning::detail::orderExactly(
    const OrderingGraph &graph, int64_t states, int64_t work, int64_t bound) {
  std::vector<Node> nodes{root(graph, bound, work)};
  // The queue has the lowest peak first, and of equal peaks the most complete
  // order, so the first complete order is the best.
  using Entry = std::tuple<int64_t, int64_t, int64_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  auto push = [&](int64_t index) {
    const PartialOrder &state = nodes[index].state;
    queue.emplace(std::max(state.peak, bound), -int64_t(state.done.count()),
                  index);
  };
  llvm::DenseMap<llvm::BitVector, int64_t> peaks;
  push(0);
  while (!queue.empty()) {
    auto [peak, remaining, index] = queue.top();
    queue.pop();
    if (isComplete(nodes[index]))
      return trace(nodes, index);
    if (int64_t(nodes.size()) > states || work <= 0)
      return std::nullopt;
    for (uint32_t op : std::vector<uint32_t>(nodes[index].state.ready)) {
      Node node = follow(graph, nodes[index], index, op, bound, work);
      int64_t reached = std::max(node.state.peak, bound);
      auto [entry, isNew] = peaks.try_emplace(node.state.done, reached);
      if (!isNew && entry->second <= reached)
        continue;
      entry->second = reached;
      nodes.push_back(std::move(node));
      push(nodes.size() - 1);
    }
  }
  return std::nullopt;
}

std::vector<uint32_t>
coppice::planning::detail::settle(const OrderingGraph &graph,
                                  std::vector<uint32_t> order) {
  const OrderingProblem &problem = graph.problem;
  // A move costs one pass over the order, and there are about two moves for
  // each op.
  constexpr size_t kLargest = 2000;
  if (order.size() > kLargest)
    return order;
  auto current = evaluate(problem, order);
  std::vector<size_t> position(order.size());
  for (int round = 0; round < 3; ++round) {
    bool any = false;
    for (uint32_t op = 0; op < order.size(); ++op) {
      for (bool early : {true, false}) {
        for (size_t i = 0; i < order.size(); ++i)
          position[order[i]] = i;
        size_t from = position[op], to = early ? 0 : order.size() - 1;
        for (uint32_t before : graph.predecessors[op])
          to = early ? std::max(to, position[before] + 1) : to;
        for (uint32_t after : graph.successors[op])
          to = early ? to : std::min(to, position[after] - 1);
        std::vector<uint32_t> moved = order;
        if (to < from)
          std::rotate(moved.begin() + to, moved.begin() + from,
                      moved.begin() + from + 1);
        else if (to > from)
          std::rotate(moved.begin() + from, moved.begin() + from + 1,
                      moved.begin() + to + 1);
        else
          continue;
        auto next = evaluate(problem, moved);
        if (next.first > current.first || next.second >= current.second)
          continue;
        current = next;
        order = std::move(moved);
        any = true;
      }
    }
    if (!any)
      break;
  }
  return order;
}

OrderingSolution coppice::planning::solve(const OrderingProblem &problem,
                                          const OrderingOptions &options) {
  OrderingGraph graph(problem);
  int64_t bound = lowerBound(problem);
  OrderingSolution solution;
  auto consider = [&](std::vector<uint32_t> order, const char *solver) {
    int64_t peak = peakBytes(problem, order);
    if (!solution.solver.empty() && peak >= solution.peak)
      return;
    solution = {std::move(order), peak, peak == bound, solver};
  };
  auto wants = [&](OrderingSolver solver) {
    return options.solver == solver ||
           ((options.solver == OrderingSolver::automatic ||
             options.solver == OrderingSolver::exact) &&
            !solution.optimal);
  };
  if (wants(OrderingSolver::listed))
    consider(graph.listedOrder(), "listed");
  if (wants(OrderingSolver::greedy))
    consider(orderGreedily(graph), "greedy");
  if (wants(OrderingSolver::depthFirst))
    consider(orderDepthFirst(graph), "depth-first");
  if (wants(OrderingSolver::beam))
    if (auto order = orderByBeam(graph, std::max<int64_t>(1, options.width),
                                 options.work, bound))
      consider(std::move(*order), "beam");
  if (wants(OrderingSolver::exact) && !solution.optimal)
    if (auto order = orderExactly(graph, options.states, options.work, bound)) {
      consider(std::move(*order), "exact");
      solution.optimal = true;
    }
  if (solution.solver.empty()) // the requested solver took too much work
    consider(graph.listedOrder(), "listed");
  if (options.solver == OrderingSolver::automatic) {
    solution.order = settle(graph, std::move(solution.order));
    solution.peak = peakBytes(problem, solution.order);
    solution.optimal |= solution.peak == bound;
  }
  return solution;
}
