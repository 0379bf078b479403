//===- OrderingBound.cpp - A lower bound of the peak ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Planning/OrderingGraph.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <array>
#include <map>

using namespace coppice::planning;
using namespace coppice::planning::detail;

namespace {
/// Finds the storages that are live in every order while an op of a window of
/// ops runs. A window bounds the memory of the relation "comes before" to two
/// bits for each pair of an op and an op of the window. The relation of all
/// pairs would take 100 MB for 20,000 ops.
class Window {
public:
  static constexpr size_t kWords = 64, kOps = 64 * kWords;

  explicit Window(const OrderingGraph &graph)
      : graph(graph), order(graph.listedOrder()), places(order.size()),
        before(order.size()), after(order.size()) {
    for (auto [place, op] : llvm::enumerate(order))
      places[op] = place;
  }

  size_t numOps() const { return order.size(); }

  /// Returns the most bytes that one of the ops from `begin` to `begin + kOps`
  /// of the listed order forces to be live.
  int64_t getBound(size_t begin);

private:
  /// One bit for each op of the window.
  using Set = std::array<uint64_t, kWords>;

  void relate(size_t begin);
  bool contains(const Set &set, uint32_t op) const {
    size_t bit = places[op] - first;
    return set[bit / 64] >> (bit % 64) & 1;
  }
  Set getLive(uint32_t storage) const;
  void addLive(uint32_t storage, std::vector<int64_t> &change) const;
  int64_t getOverwritten(uint32_t op) const;

  const OrderingGraph &graph;
  std::vector<uint32_t> order;
  std::vector<size_t> places;
  size_t first = 0, size = 0;
  /// For each op, the ops of the window that come before it in every order, and
  /// those that come after it; both sets contain the op itself if it is in the
  /// window.
  std::vector<Set> before, after;
};
} // namespace

static void merge(std::array<uint64_t, Window::kWords> &into,
                  const std::array<uint64_t, Window::kWords> &other) {
  for (auto [word, added] : llvm::zip_equal(into, other))
    word |= added;
}

void Window::relate(size_t begin) {
  first = begin;
  size = std::min(kOps, order.size() - begin);
  auto reset = [&](std::vector<Set> &sets) {
    for (Set &set : sets)
      set.fill(0);
    for (size_t i = 0; i < size; ++i)
      sets[order[first + i]][i / 64] |= uint64_t(1) << (i % 64);
  };
  reset(before);
  reset(after);
  for (uint32_t op : order)
    for (uint32_t predecessor : graph.predecessors[op])
      merge(before[op], before[predecessor]);
  for (uint32_t op : llvm::reverse(order))
    for (uint32_t successor : graph.successors[op])
      merge(after[op], after[successor]);
}

/// Returns the ops of the window that come after the definition of `storage`
/// and not after its last user.
Window::Set Window::getLive(uint32_t storage) const {
  const Storage &described = graph.problem.storages[storage];
  Set live{};
  if (described.kept)
    live.fill(~uint64_t(0));
  for (uint32_t user : graph.users[storage])
    merge(live, before[user]);
  if (described.given)
    return live;
  uint32_t definer = graph.definer[storage];
  for (auto [word, later] : llvm::zip_equal(live, after[definer]))
    word &= later;
  size_t self = places[definer] - first;
  if (self < size)
    live[self / 64] &= ~(uint64_t(1) << (self % 64));
  return live;
}

/// Adds the bytes of `storage` where it becomes live, and subtracts them where
/// it dies.
void Window::addLive(uint32_t storage, std::vector<int64_t> &change) const {
  int64_t bytes = graph.problem.storages[storage].size;
  if (bytes == 0)
    return;
  uint64_t last = 0;
  for (auto [index, word] : llvm::enumerate(getLive(storage))) {
    for (uint64_t edges = word ^ (word << 1 | last); edges;
         edges &= edges - 1) {
      size_t bit = llvm::countr_zero(edges);
      change[index * 64 + bit] += word >> bit & 1 ? bytes : -bytes;
    }
    last = word >> 63;
  }
}

/// Returns an upper bound of the bytes that `op` reuses: each storage that it
/// defines takes the largest place that it may overwrite.
int64_t Window::getOverwritten(uint32_t op) const {
  const OrderingProblem &problem = graph.problem;
  std::map<uint32_t, int64_t> saved;
  for (auto [defined, used] : problem.ops[op].overwrites) {
    bool isReadLater = llvm::any_of(graph.users[used], [&](uint32_t user) {
      return user != op && contains(before[user], op);
    });
    if (!problem.storages[used].kept && !isReadLater)
      saved[defined] =
          std::max(saved[defined], std::min(problem.storages[defined].size,
                                            problem.storages[used].size));
  }
  int64_t bytes = 0;
  for (auto [defined, most] : saved)
    bytes += most;
  return bytes;
}

int64_t Window::getBound(size_t begin) {
  relate(begin);
  const OrderingProblem &problem = graph.problem;
  std::vector<int64_t> change(kOps);
  for (uint32_t storage = 0; storage < problem.storages.size(); ++storage)
    addLive(storage, change);
  int64_t bound = 0, live = 0;
  for (size_t i = 0; i < size; ++i) {
    uint32_t op = order[first + i];
    live += change[i];
    int64_t bytes = live + problem.ops[op].scratch - getOverwritten(op);
    for (uint32_t storage : problem.ops[op].defines)
      bytes += problem.storages[storage].size;
    bound = std::max(bound, bytes);
  }
  return bound;
}

int64_t coppice::planning::lowerBound(const OrderingProblem &problem) {
  OrderingGraph graph(problem);
  int64_t bound = start(graph).live;
  Window window(graph);
  for (size_t begin = 0; begin < window.numOps(); begin += Window::kOps)
    bound = std::max(bound, window.getBound(begin));
  return bound;
}
