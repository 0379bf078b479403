//===- PackingSolve.cpp - Chooses and runs packing solvers ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Planning/PackingSolvers.h"

using namespace coppice::planning;
using namespace coppice::planning::detail;

/// With more buffers, branch and bound rarely ends.
static constexpr size_t kSmall = 40;

/// A climb that is stuck rarely improves, but another climb may find a better
/// plan. After the first climbs, a plan within this factor of the bound is good
/// enough.
static constexpr uint64_t kClimbs = 4, kMostClimbs = 48;
static constexpr double kGoodEnough = 1.002;
/// The limit of visits of a neighbour in all climbs but the first ones.
static constexpr int64_t kMostVisits = 50000000;

/// Estimates the visits of a climb.
static int64_t countVisits(const Instance &instance, int64_t iterations) {
  return limitIterations(instance, iterations) * countConflicts(instance);
}

static Placement solveInstance(const Instance &instance,
                               const PackingOptions &options, int64_t &nodes,
                               std::string &solver) {
  switch (options.solver) {
  case PackingSolver::firstFit:
    solver = "first-fit";
    return packGreedily(instance, /*tightest=*/false);
  case PackingSolver::bestFit:
    solver = "best-fit";
    return packGreedily(instance, /*tightest=*/true);
  case PackingSolver::automatic:
  case PackingSolver::hillClimb:
  case PackingSolver::exact:
    break;
  }
  solver = "hill-climb";
  Placement result = climb(instance, options.iterations, options.seed);
  if (options.solver == PackingSolver::automatic)
    for (uint64_t i = 1; i < kMostClimbs && !result.optimal; ++i) {
      int64_t more = static_cast<int64_t>(i) - kClimbs;
      if (more >= 0 &&
          (double(result.total) <= kGoodEnough * double(instance.bound) ||
           more * countVisits(instance, options.iterations) >= kMostVisits))
        break;
      if (Placement other =
              climb(instance, options.iterations, options.seed + i);
          other.total < result.total)
        result = std::move(other);
    }
  if (!result.optimal)
    result = raiseUneven(instance, std::move(result));
  bool exact = options.solver == PackingSolver::exact ||
               (options.solver == PackingSolver::automatic && !result.optimal &&
                instance.buffers.size() <= kSmall);
  if (!exact)
    return result;
  solver = "exact";
  return branchAndBound(instance, std::move(result), nodes);
}

PackingSolution coppice::planning::solve(const PackingProblem &problem,
                                         const PackingOptions &options) {
  PackingSolution solution;
  solution.offsets.assign(problem.buffers.size(), 0);
  solution.optimal = true;
  solution.solver = "first-fit";
  int64_t nodes = options.nodes;
  for (const auto &[space, bound] : lowerBounds(problem)) {
    std::vector<const Buffer *> buffers;
    std::vector<size_t> indices;
    for (size_t i = 0; i < problem.buffers.size(); ++i) {
      const Buffer &buffer = problem.buffers[i];
      if (buffer.space != space)
        continue;
      if (buffer.size == 0) {
        solution.offsets[i] = buffer.offset.value_or(0);
        continue;
      }
      buffers.push_back(&buffer);
      indices.push_back(i);
    }
    Placement placement = solveInstance(Instance(std::move(buffers), bound),
                                        options, nodes, solution.solver);
    for (size_t i = 0; i < indices.size(); ++i)
      solution.offsets[indices[i]] = placement.offsets[i];
    solution.totals[space] = placement.total;
    solution.optimal &= placement.optimal;
  }
  return solution;
}
