//===- SelfCheck.cpp - Random instances for the planning solvers *- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "SelfCheck.h"
#include "coppice/Planning/Ordering.h"
#include "coppice/Planning/Packing.h"
#include "coppice/Planning/Selection.h"
#include "lib/Planning/OrderingGraph.h"
#include "lib/Planning/PackingSolvers.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <random>

using namespace coppice::planning;

namespace {
/// Random numbers that are the same on every machine: no distribution of the
/// standard library.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}
  int64_t operator()(int64_t low, int64_t high) {
    return low + int64_t(engine() % uint64_t(high - low + 1));
  }

private:
  std::mt19937_64 engine;
};
} // namespace

static PackingProblem randomPacking(Random &random, int64_t buffers) {
  PackingProblem problem;
  int64_t steps = random(2, 2 * buffers);
  int64_t longest = random(1, steps);
  int64_t alignment = int64_t(1) << random(0, 6);
  for (int64_t i = 0; i < buffers; ++i) {
    Buffer buffer;
    buffer.name = "b" + std::to_string(i);
    buffer.size = random(0, 20) == 0 ? 0 : random(1, 40) * random(1, 9);
    buffer.alignment = random(0, 3) ? alignment : int64_t(1) << random(0, 6);
    buffer.first = random(0, steps);
    buffer.last = buffer.first + random(0, longest);
    if (random(0, 9) == 0)
      buffer.space = "fast";
    problem.buffers.push_back(std::move(buffer));
  }
  // Fix some places, taken from a plan so that they are consistent.
  if (random(0, 3) == 0) {
    PackingSolution plan = solve(problem, {PackingSolver::firstFit});
    for (size_t i = 0; i < problem.buffers.size(); ++i)
      if (random(0, 4) == 0)
        problem.buffers[i].offset = plan.offsets[i];
  }
  return problem;
}

template <typename Problem>
static bool complain(const Problem &problem, const llvm::Twine &why) {
  llvm::errs() << "error: " << why << " on\n"
               << llvm::formatv("{0:2}", toJSON(problem)) << "\n";
  return false;
}

/// Tries first fit in every order of the buffers. One of these orders gives an
/// optimal plan.
static int64_t bruteForce(const PackingProblem &problem) {
  std::vector<size_t> order;
  for (size_t i = 0; i < problem.buffers.size(); ++i)
    order.push_back(i);
  int64_t best = INT64_MAX;
  do {
    std::vector<int64_t> offsets(order.size(), -1);
    std::map<std::string, int64_t> totals;
    auto put = [&](size_t i, int64_t offset) {
      const Buffer &buffer = problem.buffers[i];
      offsets[i] = offset;
      int64_t &total = totals[buffer.space];
      if (buffer.size > 0)
        total = std::max(total, offset + buffer.size);
    };
    for (size_t i : order)
      if (problem.buffers[i].offset)
        put(i, *problem.buffers[i].offset);
    for (size_t i : order) {
      if (offsets[i] >= 0)
        continue;
      const Buffer &buffer = problem.buffers[i];
      auto free = [&](int64_t offset) {
        for (size_t j : order)
          if (offsets[j] >= 0 && buffer.conflictsWith(problem.buffers[j]) &&
              offset < offsets[j] + problem.buffers[j].size &&
              offsets[j] < offset + buffer.size)
            return false;
        return true;
      };
      int64_t offset = 0;
      while (!free(offset))
        offset += buffer.alignment;
      put(i, offset);
    }
    int64_t sum = 0;
    for (const auto &[space, total] : totals)
      sum += total;
    best = std::min(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

/// Returns the total that branch and bound finds when it starts from buffers on
/// top of each other. A heuristic's plan could hide its defects.
static int64_t exactFromWorst(const PackingProblem &problem) {
  int64_t sum = 0, nodes = 2000000;
  for (const auto &[space, bound] : lowerBounds(problem)) {
    std::vector<const Buffer *> buffers;
    detail::Placement worst;
    for (const Buffer &buffer : problem.buffers)
      if (buffer.space == space && buffer.size > 0) {
        buffers.push_back(&buffer);
        worst.total =
            std::max(worst.total, buffer.offset.value_or(0) + buffer.size);
      }
    for (const Buffer *buffer : buffers) {
      auto offset = int64_t(llvm::alignTo(worst.total, buffer->alignment));
      worst.offsets.push_back(buffer->offset.value_or(offset));
      if (!buffer->offset)
        worst.total = offset + buffer->size;
    }
    sum += detail::branchAndBound(detail::Instance(std::move(buffers), bound),
                                  std::move(worst), nodes)
               .total;
  }
  return sum;
}

static bool checkPacking(int64_t count, Random &random, int64_t least,
                         int64_t most) {
  int64_t optimal = 0, atBound = 0, climbBest = 0;
  for (int64_t i = 0; i < count; ++i) {
    int64_t size = random(least, most);
    PackingProblem problem = randomPacking(random, size);
    if (llvm::Error error = problem.check())
      return complain(problem, llvm::toString(std::move(error)));
    // A printed instance must read back as the same instance.
    llvm::Expected<PackingProblem> again = parsePackingProblem(toJSON(problem));
    if (!again)
      return complain(problem, llvm::toString(again.takeError()));
    if (toJSON(*again) != toJSON(problem))
      return complain(problem, "another instance after a round trip");

    int64_t bound = lowerBound(problem);
    std::map<PackingSolver, PackingSolution> plans;
    for (PackingSolver solver :
         {PackingSolver::firstFit, PackingSolver::bestFit,
          PackingSolver::hillClimb, PackingSolver::exact}) {
      PackingOptions options;
      options.solver = solver;
      options.iterations = 300;
      options.nodes = 20000;
      PackingSolution plan = solve(problem, options);
      if (llvm::Error error = verify(problem, plan))
        return complain(problem, llvm::toString(std::move(error)));
      if (plan.total() < bound)
        return complain(problem, "a plan below the lower bound");
      if (solve(problem, options).offsets != plan.offsets)
        return complain(problem, "a solver gave two plans");
      plans[solver] = std::move(plan);
    }
    const PackingSolution &exact = plans[PackingSolver::exact];
    const PackingSolution &climb = plans[PackingSolver::hillClimb];
    for (const auto &[solver, plan] : plans)
      if (exact.optimal && plan.total() < exact.total())
        return complain(problem, "a plan below the exact one");
    if (most <= 6 && (!exact.optimal || bruteForce(problem) != exact.total()))
      return complain(problem, "the exact plan is not the least");
    if (most <= 6 && exactFromWorst(problem) != exact.total())
      return complain(problem, "branch and bound needs a good plan to begin");
    optimal += exact.optimal;
    atBound += exact.total() == bound;
    climbBest += climb.total() == exact.total();
  }
  llvm::outs() << llvm::formatv(
      "packing, {0} to {1} buffers: {2} instances, {3} proven optimal, {4} at "
      "the lower bound, hill climbing as good as exact on {5}\n",
      least, most, count, optimal, atBound, climbBest);
  return true;
}

//===----------------------------------------------------------------------===//
// Ordering
//===----------------------------------------------------------------------===//

static OrderingProblem randomOrdering(Random &random, int64_t ops) {
  OrderingProblem problem;
  for (int64_t i = random(0, 2); i > 0; --i)
    problem.storages.push_back({"g" + std::to_string(i), random(1, 50),
                                /*given=*/true, random(0, 3) == 0});
  for (int64_t i = 0; i < ops; ++i) {
    OrderedOp op;
    op.name = "op" + std::to_string(i);
    int64_t known = problem.storages.size();
    for (int64_t u = random(0, 3); u > 0 && known > 0; --u) {
      uint32_t used = random(std::max<int64_t>(0, known - 6), known - 1);
      if (!llvm::is_contained(op.uses, used))
        op.uses.push_back(used);
    }
    if (i > 0 && random(0, 4) == 0)
      op.after.push_back(random(0, i - 1));
    if (random(0, 6) == 0)
      op.scratch = random(1, 60);
    for (int64_t d = random(0, 6) ? 1 : random(0, 2); d > 0; --d) {
      op.defines.push_back(problem.storages.size());
      problem.storages.push_back(
          {"s" + std::to_string(i) + "_" + std::to_string(d), random(0, 50),
           /*given=*/false, random(0, 9) == 0});
    }
    if (!op.uses.empty() && !op.defines.empty() && random(0, 2) == 0) {
      op.overwrites.emplace_back(op.defines.front(), op.uses.front());
      op.overwrites.emplace_back(op.defines.back(), op.uses.back());
    }
    problem.ops.push_back(std::move(op));
  }
  return problem;
}

/// Returns the least peak over every order.
static int64_t bruteForce(const OrderingProblem &problem) {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < problem.ops.size(); ++i)
    order.push_back(i);
  int64_t best = INT64_MAX;
  do {
    OrderingSolution solution;
    solution.order = order;
    solution.peak = peakBytes(problem, order);
    if (llvm::Error error = verify(problem, solution))
      llvm::consumeError(std::move(error)); // no valid order
    else
      best = std::min(best, solution.peak);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

static bool checkOrdering(int64_t count, Random &random, int64_t least,
                          int64_t most) {
  int64_t optimal = 0, atBound = 0, beamBest = 0;
  for (int64_t i = 0; i < count; ++i) {
    OrderingProblem problem = randomOrdering(random, random(least, most));
    if (llvm::Error error = problem.check())
      return complain(problem, llvm::toString(std::move(error)));
    llvm::Expected<OrderingProblem> again =
        parseOrderingProblem(toJSON(problem));
    if (!again)
      return complain(problem, llvm::toString(again.takeError()));
    if (toJSON(*again) != toJSON(problem))
      return complain(problem, "another instance after a round trip");

    int64_t bound = lowerBound(problem);
    std::map<OrderingSolver, OrderingSolution> plans;
    for (OrderingSolver solver :
         {OrderingSolver::listed, OrderingSolver::greedy,
          OrderingSolver::depthFirst, OrderingSolver::beam,
          OrderingSolver::automatic, OrderingSolver::exact}) {
      OrderingOptions options;
      options.solver = solver;
      options.states = 5000;
      OrderingSolution plan = solve(problem, options);
      if (llvm::Error error = verify(problem, plan))
        return complain(problem, llvm::toString(std::move(error)));
      if (plan.peak < bound)
        return complain(problem, "a peak below the lower bound");
      plans[solver] = std::move(plan);
    }
    // A solver that is cut short must still give a valid order.
    for (OrderingSolver solver :
         {OrderingSolver::beam, OrderingSolver::exact}) {
      OrderingOptions options;
      options.solver = solver;
      options.work = 1;
      if (llvm::Error error = verify(problem, solve(problem, options)))
        return complain(problem, llvm::toString(std::move(error)));
    }
    const OrderingSolution &exact = plans[OrderingSolver::exact];
    for (const auto &[solver, plan] : plans)
      if (exact.optimal && plan.peak < exact.peak)
        return complain(problem, "a peak below the exact one");
    if (most <= 7 && (!exact.optimal || bruteForce(problem) != exact.peak))
      return complain(problem, "the exact peak is not the least");
    if (most <= 7) {
      auto order = detail::orderExactly(detail::OrderingGraph(problem), 5000,
                                        OrderingOptions().work, bound);
      if (!order || peakBytes(problem, *order) != exact.peak)
        return complain(problem, "the exact search by itself is not exact");
    }
    optimal += exact.optimal;
    atBound += exact.peak == bound;
    beamBest += plans[OrderingSolver::beam].peak == exact.peak;
  }
  llvm::outs() << llvm::formatv(
      "ordering, {0} to {1} ops: {2} instances, {3} proven optimal, {4} at "
      "the lower bound, the beam as good as exact on {5}\n",
      least, most, count, optimal, atBound, beamBest);
  return true;
}

/// A chain has one order, so its bound must be the peak of that order. A long
/// chain tests more than one window of ops.
static bool checkBoundOfChain(Random &random, int64_t ops) {
  OrderingProblem problem = randomOrdering(random, ops);
  for (size_t i = 0; i < problem.ops.size(); ++i) {
    OrderedOp &op = problem.ops[i];
    if (i > 0)
      op.after.push_back(i - 1);
    // The bound takes the better of several pairs for each storage, so keep
    // one.
    if (op.overwrites.size() > 1)
      op.overwrites.resize(1);
  }
  OrderingOptions options;
  options.solver = OrderingSolver::listed;
  int64_t peak = solve(problem, options).peak, bound = lowerBound(problem);
  llvm::outs() << llvm::formatv("ordering, a chain of {0} ops: the bound is "
                                "{1}the peak\n",
                                ops, bound == peak ? "" : "not ");
  return bound == peak;
}

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

static SelectionProblem randomSelection(Random &random, int64_t layers) {
  SelectionProblem problem;
  int64_t total = 0;
  problem.base = random(0, 50);
  for (int64_t l = 0; l < layers; ++l) {
    SelectionLayer layer;
    layer.name = "l" + std::to_string(l);
    for (int64_t g = random(0, 2); g > 0; --g) {
      SelectionGroup group;
      group.name = layer.name + "g" + std::to_string(g);
      for (int64_t o = random(1, 3); o > 0; --o) {
        int64_t bytes = random(0, 30);
        total += bytes;
        group.options.push_back(
            {"o" + std::to_string(o), double(random(0, 100)) / 8, bytes});
      }
      layer.groups.push_back(std::move(group));
    }
    problem.layers.push_back(std::move(layer));
  }
  int64_t reach = problem.base;
  for (SelectionLayer &layer : llvm::reverse(problem.layers))
    // The estimates of layers need not grow with depth.
    layer.reach = std::max<int64_t>(0, reach += random(-5, 20));
  problem.budget = random(0, reach + total);
  return problem;
}

/// Returns the largest value of a choice within the budget.
static double bruteForce(const SelectionProblem &problem) {
  std::vector<std::pair<uint32_t, uint32_t>> groups;
  for (auto [l, layer] : llvm::enumerate(problem.layers))
    for (size_t g = 0; g < layer.groups.size(); ++g)
      groups.emplace_back(l, g);
  // A number for each group: the option, or none.
  std::vector<uint32_t> digits(groups.size(), 0);
  double best = 0;
  while (true) {
    std::vector<SelectionSolution::Choice> choices;
    double value = 0;
    for (auto [group, digit] : llvm::zip_equal(groups, digits)) {
      if (digit == 0)
        continue;
      choices.push_back({group.first, group.second, digit - 1});
      value += problem.layers[group.first]
                   .groups[group.second]
                   .options[digit - 1]
                   .value;
    }
    if (countBytes(problem, choices) <= problem.budget)
      best = std::max(best, value);
    size_t i = 0;
    for (; i < groups.size(); ++i) {
      size_t options = problem.layers[groups[i].first]
                           .groups[groups[i].second]
                           .options.size();
      if (++digits[i] <= options)
        break;
      digits[i] = 0;
    }
    if (i == groups.size())
      return best;
  }
}

static bool checkSelection(int64_t count, Random &random, int64_t least,
                           int64_t most) {
  int64_t optimal = 0, greedyBest = 0;
  for (int64_t i = 0; i < count; ++i) {
    SelectionProblem problem = randomSelection(random, random(least, most));
    if (llvm::Error error = problem.check())
      return complain(problem, llvm::toString(std::move(error)));
    llvm::Expected<SelectionProblem> again =
        parseSelectionProblem(toJSON(problem));
    if (!again)
      return complain(problem, llvm::toString(again.takeError()));
    if (toJSON(*again) != toJSON(problem))
      return complain(problem, "another instance after a round trip");

    double bound = upperBound(problem);
    SelectionOptions options;
    std::map<SelectionSolver, SelectionSolution> found;
    for (SelectionSolver solver :
         {SelectionSolver::greedy, SelectionSolver::exact,
          SelectionSolver::automatic}) {
      options.solver = solver;
      found[solver] = solve(problem, options);
      if (llvm::Error error = verify(problem, found[solver]))
        return complain(problem, llvm::toString(std::move(error)));
      if (found[solver].value > bound + 1e-9)
        return complain(problem, "a value above the bound");
    }
    // A solver that is cut short must still give a valid choice.
    options.solver = SelectionSolver::exact;
    options.states = 4;
    SelectionSolution few = solve(problem, options);
    if (llvm::Error error = verify(problem, few))
      return complain(problem, llvm::toString(std::move(error)));
    const SelectionSolution &exact = found[SelectionSolver::exact];
    for (const SelectionSolution &other : {found[SelectionSolver::greedy], few})
      if (exact.optimal && other.value > exact.value)
        return complain(problem, "a value above the exact one");
    if (most <= 4 && (!exact.optimal || bruteForce(problem) != exact.value))
      return complain(problem, "the exact value is not the greatest");
    optimal += exact.optimal;
    greedyBest += found[SelectionSolver::greedy].value == exact.value;
  }
  llvm::outs() << llvm::formatv(
      "selection, {0} to {1} layers: {2} instances, {3} proven optimal, greedy "
      "as good as exact on {4}\n",
      least, most, count, optimal, greedyBest);
  return true;
}

bool selfCheck(int64_t count, uint64_t seed) {
  Random random(seed);
  return checkPacking(count, random, 1, 6) &&
         checkPacking(count, random, 7, 16) &&
         checkPacking(count / 4 + 1, random, 40, 80) &&
         checkOrdering(count, random, 1, 7) &&
         checkOrdering(count, random, 8, 20) &&
         checkOrdering(count / 4 + 1, random, 60, 100) &&
         checkBoundOfChain(random, 50) && checkBoundOfChain(random, 9000) &&
         checkSelection(count, random, 1, 4) &&
         checkSelection(count, random, 5, 40);
}
