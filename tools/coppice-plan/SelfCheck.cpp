//===- SelfCheck.cpp - Random instances for the planning solvers *- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "SelfCheck.h"
#include "coppice/Planning/Packing.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <random>

using namespace coppice::planning;

namespace {
/// The same numbers on every machine: no distribution of the library.
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
  // Fixed places that agree with each other: those of some plan.
  if (random(0, 3) == 0) {
    PackingSolution plan = solve(problem, {PackingSolver::firstFit});
    for (size_t i = 0; i < problem.buffers.size(); ++i)
      if (random(0, 4) == 0)
        problem.buffers[i].offset = plan.offsets[i];
  }
  return problem;
}

static bool complain(const PackingProblem &problem, const llvm::Twine &why) {
  llvm::errs() << "error: " << why << " on\n"
               << llvm::formatv("{0:2}", toJSON(problem)) << "\n";
  return false;
}

/// Every order of first fit, with the buffers' tops as a check on the branch
/// and bound: first fit over all orders contains an optimal plan.
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

static bool checkPacking(int64_t count, Random &random, int64_t least,
                         int64_t most) {
  int64_t optimal = 0, atBound = 0, climbBest = 0;
  for (int64_t i = 0; i < count; ++i) {
    int64_t size = random(least, most);
    PackingProblem problem = randomPacking(random, size);
    if (llvm::Error error = problem.check())
      return complain(problem, llvm::toString(std::move(error)));
    // What is printed reads back as the same instance.
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

bool selfCheck(int64_t count, uint64_t seed) {
  Random random(seed);
  return checkPacking(count, random, 1, 6) &&
         checkPacking(count, random, 7, 16) &&
         checkPacking(count / 4 + 1, random, 40, 80);
}
