//===- UpdateSearch.cpp - The best update whose plan fits -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/UpdateSearch.h"

#include "lib/Support/UserError.h"

using namespace llvm;
using namespace coppice::planning;
using Choice = SelectionSolution::Choice;

namespace coppice::runtime {

/// The largest number of plans that only measure the bytes to reach a layer.
static constexpr int64_t kProbes = 14;

/// The search ends after this many additions in a row that do not fit.
static constexpr int kMostRefusals = 5;

/// The bytes to reach a layer that cannot be reached within any budget.
static constexpr int64_t kOutOfReach = kLargestBudget + 1;

namespace {
/// Alternates between the knapsack, which estimates bytes, and plans, which
/// measure them and correct the estimates. A choice with the same deepest layer
/// is corrected exactly, other choices by the same error.
class Search {
public:
  Search(UpdatePlanner &planner, UpdateOffers &offers, int64_t budget,
         mlir::MLIRContext *context, Progress &progress)
      : planner(planner), offers(offers), problem(offers.problem),
        budget(budget), context(context), progress(progress),
        probed(problem.layers.size()), tried(problem.layers.size()),
        leasts(problem.layers.size()) {
    problem.budget = budget;
  }

  Expected<PlannedUpdate> run();

private:
  /// A layer, with the cheapest option that trains a part of it.
  struct Candidate {
    Choice cheapest;
    int64_t bytes;
  };

  Expected<int64_t> plan(ArrayRef<Choice> choices);
  SmallVector<Candidate> listCandidates() const;
  Expected<int64_t> probe(const Candidate &candidate);
  Error findDepth(ArrayRef<Candidate> candidates);
  Error findJumps(ArrayRef<Candidate> candidates);
  void estimate();
  SmallVector<SelectionSolution> listAdditions(const PlannedUpdate &best) const;
  Error fill(PlannedUpdate &best);

  UpdatePlanner &planner;
  UpdateOffers &offers;
  SelectionProblem &problem;
  int64_t budget;
  mlir::MLIRContext *context;
  Progress &progress;
  /// The bytes to reach each layer: `probed` from a plan of its cheapest option
  /// alone, `tried` from the last plan in which it was the deepest layer.
  std::vector<std::optional<int64_t>> probed, tried;
  /// `leasts` is the least bytes to reach each layer, from the probes. `excess`
  /// is what the last plan needed beyond that and the bytes of its choices.
  std::vector<int64_t> leasts;
  int64_t excess = 0;
  /// Layers before this one cannot be reached.
  size_t deepest = 0;
};
} // namespace

Expected<int64_t> Search::plan(ArrayRef<Choice> choices) {
  auto bytes = planner.plan(printScheme(offers.toScheme(choices, context),
                                        /*inBraces=*/true));
  progress.update(planner.getPlans());
  return bytes;
}

SmallVector<Search::Candidate> Search::listCandidates() const {
  SmallVector<Candidate> candidates;
  for (auto [l, layer] : enumerate(problem.layers)) {
    std::optional<Candidate> best;
    for (auto [g, group] : enumerate(layer.groups))
      for (auto [o, option] : enumerate(group.options))
        if (!best || option.bytes < best->bytes)
          best = {{uint32_t(l), uint32_t(g), uint32_t(o)}, option.bytes};
    if (best)
      candidates.push_back(*best);
  }
  return candidates;
}

Expected<int64_t> Search::probe(const Candidate &candidate) {
  Expected<int64_t> bytes = plan({candidate.cheapest});
  if (bytes)
    probed[candidate.cheapest.layer] =
        std::max<int64_t>(0, *bytes - candidate.bytes);
  return bytes;
}

/// Finds the deepest layer that can be trained, by bisection: a deeper layer
/// needs as many bytes or more.
Error Search::findDepth(ArrayRef<Candidate> candidates) {
  size_t low = 0, high = candidates.size();
  deepest = problem.layers.size();
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    Expected<int64_t> bytes = probe(candidates[middle]);
    if (!bytes)
      return bytes.takeError();
    if (*bytes <= budget) {
      deepest = candidates[middle].cheapest.layer;
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return Error::success();
}

/// Finds the layers at which the bytes to reach a layer jump.
Error Search::findJumps(ArrayRef<Candidate> candidates) {
  auto reach = [&](size_t i) {
    return i == candidates.size() ? problem.base
                                  : *probed[candidates[i].cheapest.layer];
  };
  while (planner.getPlans() < kProbes) {
    // Find the largest difference between neighbours that are known.
    int64_t most = budget / 64;
    std::optional<size_t> middle;
    std::optional<size_t> last;
    for (size_t i = 0; i <= candidates.size(); ++i) {
      if (i < candidates.size() && (candidates[i].cheapest.layer < deepest ||
                                    !probed[candidates[i].cheapest.layer]))
        continue;
      if (last && i - *last > 1 && reach(*last) - reach(i) > most) {
        most = reach(*last) - reach(i);
        middle = *last + (i - *last) / 2;
      }
      last = i;
    }
    if (!middle)
      break;
    Expected<int64_t> bytes = probe(candidates[*middle]);
    if (!bytes)
      return bytes.takeError();
  }
  return Error::success();
}

void Search::estimate() {
  int64_t least = problem.base;
  for (size_t l = problem.layers.size(); l-- > 0;) {
    if (probed[l])
      least = std::max(least, *probed[l]);
    leasts[l] = least;
    problem.layers[l].reach =
        l < deepest ? kOutOfReach
                    : tried[l].value_or(std::max<int64_t>(0, least + excess));
  }
}

/// Returns the best choice extended by one parameter, or by more channels of
/// one, if the additional state fits; the most valuable extension first.
SmallVector<SelectionSolution>
Search::listAdditions(const PlannedUpdate &best) const {
  SmallVector<SelectionSolution> additions;
  const std::vector<Choice> &choices = best.solution.choices;
  size_t first = choices.empty() ? deepest : choices.front().layer;
  auto get = [&](const Choice &choice) -> const SelectionOption & {
    return problem.layers[choice.layer]
        .groups[choice.group]
        .options[choice.option];
  };
  auto consider = [&](const Choice &choice) {
    SelectionSolution solution = best.solution;
    auto place = find_if(solution.choices, [&](const Choice &other) {
      return std::pair(other.layer, other.group) >=
             std::pair(choice.layer, choice.group);
    });
    int64_t state = offers.get(choice).state;
    if (place != solution.choices.end() && place->layer == choice.layer &&
        place->group == choice.group) {
      state -= offers.get(*place).state;
      *place = choice;
    } else {
      solution.choices.insert(place, choice);
    }
    // Sum in the order of the solvers, so that the values are equal.
    solution.value = 0;
    for (const Choice &chosen : solution.choices)
      solution.value += get(chosen).value;
    if (solution.value <= best.solution.value || state > budget - best.planned)
      return;
    solution.bytes = countBytes(problem, solution.choices);
    solution.optimal = false;
    additions.push_back(std::move(solution));
  };
  for (uint32_t l = first; l < problem.layers.size(); ++l)
    for (auto [g, group] : enumerate(problem.layers[l].groups))
      for (uint32_t o = 0; o < group.options.size(); ++o)
        consider({l, uint32_t(g), o});
  llvm::stable_sort(additions, [](const auto &a, const auto &b) {
    return a.value > b.value;
  });
  return additions;
}

/// Plans extensions that the estimates think too large, because they may fit.
Error Search::fill(PlannedUpdate &best) {
  bool grew = true;
  std::vector<std::vector<Choice>> refused;
  while (grew) {
    grew = false;
    int refusals = 0;
    for (SelectionSolution &solution : listAdditions(best)) {
      if (planner.getPlans() >= kMostPlans || refusals == kMostRefusals)
        return Error::success();
      if (is_contained(refused, solution.choices))
        continue;
      Expected<int64_t> bytes = plan(solution.choices);
      if (!bytes)
        return bytes.takeError();
      if (*bytes > budget) {
        refused.push_back(solution.choices);
        ++refusals;
        continue;
      }
      best.predicted = solution.bytes;
      best.solution = std::move(solution);
      best.planned = *bytes;
      grew = true;
      break;
    }
  }
  return Error::success();
}

Expected<PlannedUpdate> Search::run() {
  Expected<int64_t> head = plan({});
  if (!head)
    return head.takeError();
  if (*head > budget) {
    // Plan again, to name what is live at the peak.
    Expected<int64_t> refused = planner.plan(
        printScheme(offers.toScheme({}, context), /*inBraces=*/true), budget);
    std::string text =
        refused ? "" : toString(refused.takeError()) + "\n  note: ";
    return userError("", text +
                             "the classifier is trained always; a budget "
                             "of " +
                             Twine(*head) +
                             " bytes is the least that would do");
  }
  problem.base = *head;
  SmallVector<Candidate> candidates = listCandidates();
  if (Error error = findDepth(candidates))
    return std::move(error);
  if (Error error = findJumps(candidates))
    return std::move(error);

  PlannedUpdate best;
  best.predicted = best.planned = *head;
  best.solution = SelectionSolution();
  best.solution.bytes = *head;
  std::vector<PlannedUpdate> trials;
  while (planner.getPlans() < kMostPlans) {
    estimate();
    SelectionSolution solution = solve(problem);
    if (Error error = verify(problem, solution))
      return std::move(error);
    // By the estimates, no better choice is left.
    if (solution.value <= best.solution.value || solution.choices.empty())
      break;
    uint32_t depth = solution.choices.front().layer;
    int64_t items = solution.bytes - problem.layers[depth].reach;
    if (any_of(trials, [&](const PlannedUpdate &trial) {
          return trial.solution.choices == solution.choices;
        })) {
      // The choice did not fit, but a later plan of this depth lowered its
      // estimate. Raise it again.
      tried[depth] = budget - items + 1;
      continue;
    }
    Expected<int64_t> bytes = plan(solution.choices);
    if (!bytes)
      return bytes.takeError();
    tried[depth] = std::max<int64_t>(0, *bytes - items);
    excess = *bytes - items - leasts[depth];
    trials.push_back({std::move(solution), 0, *bytes});
    trials.back().predicted = trials.back().solution.bytes;
    if (*bytes <= budget)
      best = trials.back();
  }
  if (Error error = fill(best))
    return std::move(error);
  return std::move(best);
}

Expected<PlannedUpdate> searchUpdate(UpdatePlanner &planner,
                                     UpdateOffers &offers, int64_t budget,
                                     mlir::MLIRContext *context,
                                     Progress &progress) {
  return Search(planner, offers, budget, context, progress).run();
}

} // namespace coppice::runtime
