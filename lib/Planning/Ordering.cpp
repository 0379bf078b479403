//===- Ordering.cpp - Ordering problems: checks and peaks -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Planning/Ordering.h"

#include "lib/Planning/OrderingGraph.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace coppice::planning;
using namespace coppice::planning::detail;

/// The limit keeps sums of sizes far from overflow.
static constexpr int64_t kMaxBytes = int64_t(1) << 48;

template <typename... Args>
static llvm::Error error(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::inconvertibleErrorCode(),
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

static llvm::Error checkOp(const OrderingProblem &problem,
                           const OrderedOp &op) {
  size_t storages = problem.storages.size(), ops = problem.ops.size();
  auto inRange = [&](const std::vector<uint32_t> &list, size_t count) {
    return llvm::all_of(list, [&](uint32_t i) { return i < count; });
  };
  if (!inRange(op.uses, storages) || !inRange(op.defines, storages) ||
      !inRange(op.after, ops))
    return error("op '{0}' refers to something that does not exist", op.name);
  if (op.scratch < 0 || op.scratch > kMaxBytes)
    return error("op '{0}' has {1} bytes of scratch", op.name, op.scratch);
  for (auto [defined, used] : op.overwrites) {
    if (!llvm::is_contained(op.defines, defined) ||
        !llvm::is_contained(op.uses, used))
      return error("op '{0}' overwrites a storage that it does not use, or "
                   "with one that it does not define",
                   op.name);
  }
  return llvm::Error::success();
}

llvm::Error OrderingProblem::check() const {
  for (const Storage &storage : storages)
    if (storage.size < 0 || storage.size > kMaxBytes)
      return error("storage '{0}' has size {1}", storage.name, storage.size);
  std::vector<const OrderedOp *> definer(storages.size());
  for (const OrderedOp &op : ops) {
    if (llvm::Error e = checkOp(*this, op))
      return e;
    for (uint32_t storage : op.defines) {
      if (storages[storage].given)
        return error("storage '{0}' is an input, but '{1}' defines it",
                     storages[storage].name, op.name);
      if (definer[storage])
        return error("both '{0}' and '{1}' define '{2}'",
                     definer[storage]->name, op.name, storages[storage].name);
      definer[storage] = &op;
    }
  }
  for (size_t i = 0; i < storages.size(); ++i)
    if (!storages[i].given && !definer[i])
      return error("nothing defines storage '{0}'", storages[i].name);
  OrderingGraph graph(*this);
  std::vector<uint32_t> order = graph.listedOrder();
  if (order.size() == ops.size())
    return llvm::Error::success();
  std::vector<bool> ordered(ops.size());
  for (uint32_t op : order)
    ordered[op] = true;
  auto cyclic = llvm::find(ordered, false) - ordered.begin();
  return error("op '{0}' depends on itself", ops[cyclic].name);
}

int64_t coppice::planning::peakBytes(const OrderingProblem &problem,
                                     llvm::ArrayRef<uint32_t> order) {
  return evaluate(problem, order).first;
}

std::vector<std::pair<uint32_t, uint32_t>>
coppice::planning::getOverwrites(const OrderingProblem &problem,
                                 llvm::ArrayRef<uint32_t> order) {
  std::vector<uint32_t> last(problem.storages.size());
  for (uint32_t op : order)
    for (uint32_t storage : problem.ops[op].uses)
      last[storage] = op;
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
  for (uint32_t op : order)
    llvm::append_range(
        pairs, chooseOverwrites(problem.ops[op], [&](uint32_t used) {
          return !problem.storages[used].kept && last[used] == op;
        }));
  return pairs;
}

/// Checks a solution from whole lifetimes, not step by step as the solvers do.
std::pair<int64_t, double>
coppice::planning::detail::evaluate(const OrderingProblem &problem,
                                    llvm::ArrayRef<uint32_t> order) {
  size_t steps = order.size();
  std::vector<size_t> first(problem.storages.size(), 0),
      last(problem.storages.size(), 0);
  std::vector<bool> exists(problem.storages.size());
  for (size_t i = 0; i < problem.storages.size(); ++i)
    exists[i] = problem.storages[i].given && problem.storages[i].kept;
  for (size_t step = 0; step < steps; ++step) {
    const OrderedOp &op = problem.ops[order[step]];
    for (uint32_t storage : op.defines) {
      first[storage] = last[storage] = step;
      exists[storage] = true;
    }
    for (uint32_t storage : op.uses) {
      last[storage] = step;
      exists[storage] = true;
    }
  }
  std::vector<int64_t> change(steps + 1);
  int64_t atStart = 0;
  for (size_t i = 0; i < problem.storages.size(); ++i) {
    const Storage &storage = problem.storages[i];
    if (!exists[i])
      continue;
    if (storage.given)
      atStart += storage.size;
    change[first[i]] += storage.size;
    if (!storage.kept && steps > 0)
      change[last[i] + 1] -= storage.size;
  }
  int64_t live = 0, peak = atStart;
  double area = 0;
  for (size_t step = 0; step < steps; ++step) {
    const OrderedOp &op = problem.ops[order[step]];
    live += change[step];
    int64_t bytes = live + op.scratch;
    bytes -= overwrittenBytes(problem, op, [&](uint32_t used) {
      return !problem.storages[used].kept && last[used] == step;
    });
    peak = std::max(peak, bytes);
    area += double(bytes);
  }
  return {peak, area};
}

llvm::Error coppice::planning::verify(const OrderingProblem &problem,
                                      const OrderingSolution &solution) {
  size_t count = problem.ops.size();
  if (solution.order.size() != count)
    return error("{0} of {1} ops are ordered", solution.order.size(), count);
  std::vector<bool> done(count);
  OrderingGraph graph(problem);
  for (uint32_t op : solution.order) {
    if (op >= count || done[op])
      return error("op {0} does not exist or is ordered twice", op);
    for (uint32_t predecessor : graph.predecessors[op])
      if (!done[predecessor])
        return error("'{0}' comes before '{1}', which it depends on",
                     problem.ops[op].name, problem.ops[predecessor].name);
    done[op] = true;
  }
  int64_t peak = peakBytes(problem, solution.order);
  if (peak != solution.peak)
    return error("the peak is {0}, not {1}", peak, solution.peak);
  return llvm::Error::success();
}

std::optional<OrderingSolver>
coppice::planning::parseOrderingSolver(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<OrderingSolver>>(name)
      .Case("auto", OrderingSolver::automatic)
      .Case("listed", OrderingSolver::listed)
      .Case("greedy", OrderingSolver::greedy)
      .Case("depth-first", OrderingSolver::depthFirst)
      .Case("beam", OrderingSolver::beam)
      .Case("exact", OrderingSolver::exact)
      .Default(std::nullopt);
}
