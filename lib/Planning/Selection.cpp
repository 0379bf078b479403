//===- Selection.cpp - Selection problems and their solvers -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Planning/Selection.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace coppice::planning;
using Choice = SelectionSolution::Choice;

/// The limit keeps sums far from overflow.
static constexpr int64_t kMaxBytes = int64_t(1) << 48;
static constexpr size_t kMaxOptions = 100000;

template <typename... Args>
static llvm::Error error(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::inconvertibleErrorCode(),
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

static bool isSize(int64_t bytes) { return bytes >= 0 && bytes <= kMaxBytes; }

llvm::Error SelectionProblem::check() const {
  if (!isSize(budget) || !isSize(base))
    return error("the budget is {0} and the base {1}", budget, base);
  size_t options = 0;
  for (const SelectionLayer &layer : layers) {
    if (!isSize(layer.reach))
      return error("layer '{0}' is reached with {1} bytes", layer.name,
                   layer.reach);
    for (const SelectionGroup &group : layer.groups)
      for (const SelectionOption &option : group.options) {
        if (!isSize(option.bytes))
          return error("option '{0}' of '{1}' takes {2} bytes", option.name,
                       group.name, option.bytes);
        if (!std::isfinite(option.value) || option.value < 0)
          return error("option '{0}' of '{1}' is worth {2}", option.name,
                       group.name, option.value);
        ++options;
      }
  }
  if (options > kMaxOptions || layers.size() > kMaxOptions)
    return error("{0} options of {1} layers are too many", options,
                 layers.size());
  return llvm::Error::success();
}

static const SelectionOption &get(const SelectionProblem &problem,
                                  const Choice &choice) {
  return problem.layers[choice.layer]
      .groups[choice.group]
      .options[choice.option];
}

int64_t coppice::planning::countBytes(const SelectionProblem &problem,
                                      llvm::ArrayRef<Choice> choices) {
  if (choices.empty())
    return problem.base;
  uint32_t deepest = choices.front().layer;
  int64_t bytes = 0;
  for (const Choice &choice : choices) {
    deepest = std::min(deepest, choice.layer);
    bytes += get(problem, choice).bytes;
  }
  return bytes + problem.layers[deepest].reach;
}

llvm::Error coppice::planning::verify(const SelectionProblem &problem,
                                      const SelectionSolution &solution) {
  double value = 0;
  const Choice *last = nullptr;
  for (const Choice &choice : solution.choices) {
    if (choice.layer >= problem.layers.size() ||
        choice.group >= problem.layers[choice.layer].groups.size() ||
        choice.option >=
            problem.layers[choice.layer].groups[choice.group].options.size())
      return error("option {0} of group {1} of layer {2} does not exist",
                   choice.option, choice.group, choice.layer);
    if (last && std::make_pair(choice.layer, choice.group) <=
                    std::make_pair(last->layer, last->group))
      return error("group {0} of layer {1} is not behind the one before",
                   choice.group, choice.layer);
    value += get(problem, choice).value;
    last = &choice;
  }
  int64_t bytes = countBytes(problem, solution.choices);
  if (bytes != solution.bytes)
    return error("the choices take {0} bytes, not {1}", bytes, solution.bytes);
  if (std::abs(value - solution.value) > 1e-9 * (1 + std::abs(value)))
    return error("the choices are worth {0}, not {1}", value, solution.value);
  if (bytes > problem.budget && !solution.choices.empty())
    return error("the choices take {0} bytes, the budget is {1}", bytes,
                 problem.budget);
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Greedy, and the bound
//===----------------------------------------------------------------------===//

namespace {
/// A step from one option of a group to the next one on the hull.
struct Step {
  uint32_t layer, group, option;
  double value, total; // added, and then in all
  int64_t bytes;
  double density() const {
    return bytes > 0 ? value / static_cast<double>(bytes)
                     : std::numeric_limits<double>::infinity();
  }
};
} // namespace

/// Returns the steps along the upper hull of a group's options, from no option.
/// The density falls from step to step.
static std::vector<Step> climb(const SelectionGroup &group, uint32_t layer,
                               uint32_t index) {
  std::vector<Step> steps;
  double value = 0;
  int64_t bytes = 0;
  while (true) {
    std::optional<Step> best;
    for (auto [i, option] : llvm::enumerate(group.options)) {
      if (option.value <= value)
        continue;
      Step step{layer,        index,
                uint32_t(i),  option.value - value,
                option.value, std::max<int64_t>(0, option.bytes - bytes)};
      if (!best || std::make_pair(step.density(), step.value) >
                       std::make_pair(best->density(), best->value))
        best = step;
    }
    if (!best)
      return steps;
    value = best->total;
    bytes = group.options[best->option].bytes;
    steps.push_back(*best);
  }
}

/// Returns the hull steps of every layer.
static std::vector<std::vector<Step>>
climbAll(const SelectionProblem &problem) {
  std::vector<std::vector<Step>> all;
  for (auto [l, layer] : llvm::enumerate(problem.layers)) {
    std::vector<Step> &steps = all.emplace_back();
    for (auto [g, group] : llvm::enumerate(layer.groups))
      llvm::append_range(steps, climb(group, l, g));
  }
  return all;
}

/// Returns the steps of the layers from `depth` on, the densest first. The
/// steps of a group stay in order, since their densities fall.
static std::vector<Step> getSteps(llvm::ArrayRef<std::vector<Step>> layers,
                                  size_t depth) {
  std::vector<Step> steps;
  for (const std::vector<Step> &layer : layers.drop_front(depth))
    llvm::append_range(steps, layer);
  llvm::sort(steps, [](const Step &a, const Step &b) {
    return std::make_tuple(-a.density(), a.layer, a.group, a.total) <
           std::make_tuple(-b.density(), b.layer, b.group, b.total);
  });
  return steps;
}

static SelectionSolution finish(const SelectionProblem &problem,
                                std::vector<Choice> choices,
                                llvm::StringRef solver) {
  SelectionSolution solution;
  llvm::sort(choices, [](const Choice &a, const Choice &b) {
    return std::tie(a.layer, a.group) < std::tie(b.layer, b.group);
  });
  for (const Choice &choice : choices)
    solution.value += get(problem, choice).value;
  solution.bytes = countBytes(problem, choices);
  solution.choices = std::move(choices);
  solution.solver = solver.str();
  return solution;
}

/// Whether `a` is more valuable, or as valuable and smaller.
static bool isBetter(const SelectionSolution &a, const SelectionSolution &b) {
  return a.value != b.value ? a.value > b.value : a.bytes < b.bytes;
}

static SelectionSolution solveGreedily(const SelectionProblem &problem) {
  SelectionSolution best = finish(problem, {}, "greedy");
  std::vector<std::vector<Step>> hulls = climbAll(problem);
  for (size_t depth = 0; depth < problem.layers.size(); ++depth) {
    int64_t left = problem.budget - problem.layers[depth].reach;
    if (left < 0)
      continue;
    // If a step does not fit, later steps of its group cannot be taken.
    std::vector<Choice> choices;
    std::vector<std::pair<uint32_t, uint32_t>> closed;
    for (const Step &step : getSteps(hulls, depth)) {
      std::pair group(step.layer, step.group);
      if (llvm::is_contained(closed, group))
        continue;
      if (step.bytes > left) {
        closed.push_back(group);
        continue;
      }
      left -= step.bytes;
      auto old = llvm::find_if(choices, [&](const Choice &choice) {
        return std::pair(choice.layer, choice.group) == group;
      });
      if (old != choices.end())
        old->option = step.option;
      else
        choices.push_back({step.layer, step.group, step.option});
    }
    SelectionSolution solution = finish(problem, std::move(choices), "greedy");
    if (solution.bytes <= problem.budget && isBetter(solution, best))
      best = std::move(solution);
  }
  return best;
}

double coppice::planning::upperBound(const SelectionProblem &problem) {
  double best = 0;
  std::vector<std::vector<Step>> hulls = climbAll(problem);
  for (size_t depth = 0; depth < problem.layers.size(); ++depth) {
    int64_t left = problem.budget - problem.layers[depth].reach;
    if (left < 0)
      continue;
    double value = 0;
    for (const Step &step : getSteps(hulls, depth)) {
      if (step.bytes > left) {
        value += step.value *
                 (static_cast<double>(left) / static_cast<double>(step.bytes));
        break;
      }
      value += step.value;
      left -= step.bytes;
    }
    best = std::max(best, value);
  }
  return best;
}

//===----------------------------------------------------------------------===//
// Exact
//===----------------------------------------------------------------------===//

namespace {
/// A set of options: its sums, and the node with its choices.
struct State {
  int64_t bytes = 0;
  double value = 0;
  uint32_t node = 0;
  /// The option that a new set adds to the choices of its node.
  std::optional<uint32_t> added;

  bool isEmpty() const { return node == 0; }
};
/// A choice and its predecessors; node 0 is the empty set.
struct Node {
  Choice choice{};
  uint32_t before = 0;
};

/// The sets of options that no other set beats in both bytes and value, built
/// group by group (Nemhauser and Ullmann, 1969).
class Frontier {
public:
  Frontier(int64_t limit, int64_t size) : limit(limit), size(size) {}

  void add(const SelectionGroup &group, uint32_t layer, uint32_t index);
  /// Returns the most valuable set within `bytes`, which must not be negative.
  const State &best(int64_t bytes) const;
  std::vector<Choice> getChoices(const State &state) const;
  /// The sets, in ascending order of bytes and value.
  llvm::ArrayRef<State> getStates() const { return states; }
  bool isComplete() const { return complete; }

private:
  int64_t limit, size;
  std::vector<State> states = {State()};
  std::vector<Node> nodes = {Node()};
  bool complete = true;
};
} // namespace

void Frontier::add(const SelectionGroup &group, uint32_t layer,
                   uint32_t index) {
  std::vector<State> all = states;
  for (auto [i, option] : llvm::enumerate(group.options))
    for (const State &state : states)
      if (state.bytes + option.bytes <= limit)
        all.push_back({state.bytes + option.bytes, state.value + option.value,
                       state.node, uint32_t(i)});
  llvm::sort(all, [](const State &a, const State &b) {
    return std::make_tuple(a.bytes, -a.value, a.node, a.added) <
           std::make_tuple(b.bytes, -b.value, b.node, b.added);
  });
  states.clear();
  for (const State &state : all)
    if (states.empty() || state.value > states.back().value)
      states.push_back(state);
  if (static_cast<int64_t>(states.size()) > size) {
    // Too many sets: keep an even sample with the empty and the largest set.
    complete = false;
    std::vector<State> sample;
    int64_t steps = std::max<int64_t>(1, size - 1), last = states.size() - 1;
    for (int64_t i = 0; i <= steps; ++i)
      sample.push_back(states[i * last / steps]);
    states = std::move(sample);
  }
  // Create nodes for the sets that are kept alone.
  for (State &state : states)
    if (state.added) {
      nodes.push_back({{layer, index, *state.added}, state.node});
      state.node = nodes.size() - 1;
      state.added = std::nullopt;
    }
}

const State &Frontier::best(int64_t bytes) const {
  auto above =
      llvm::upper_bound(states, bytes, [](int64_t limit, const State &state) {
        return limit < state.bytes;
      });
  return *std::prev(above);
}

std::vector<Choice> Frontier::getChoices(const State &state) const {
  std::vector<Choice> choices;
  for (uint32_t node = state.node; node; node = nodes[node].before)
    choices.push_back(nodes[node].choice);
  return choices;
}

static SelectionSolution solveExactly(const SelectionProblem &problem,
                                      int64_t states) {
  SelectionSolution best = finish(problem, {}, "exact");
  states = std::max<int64_t>(2, states);
  Frontier behind(problem.budget, states);
  bool complete = true;
  for (size_t l = problem.layers.size(); l-- > 0;) {
    const SelectionLayer &layer = problem.layers[l];
    // If this layer is the deepest, at least one of its options is chosen.
    Frontier own(problem.budget, states);
    for (auto [g, group] : llvm::enumerate(layer.groups))
      own.add(group, l, g);
    complete &= own.isComplete();
    for (const State &state : own.getStates()) {
      int64_t left = problem.budget - layer.reach - state.bytes;
      if (left < 0 || state.isEmpty())
        continue;
      const State &rest = behind.best(left);
      if (state.value + rest.value < best.value)
        continue;
      std::vector<Choice> choices = own.getChoices(state);
      llvm::append_range(choices, behind.getChoices(rest));
      SelectionSolution solution = finish(problem, std::move(choices), "exact");
      if (isBetter(solution, best))
        best = std::move(solution);
    }
    for (auto [g, group] : llvm::enumerate(layer.groups))
      behind.add(group, l, g);
  }
  best.optimal = complete && behind.isComplete();
  return best;
}

SelectionSolution coppice::planning::solve(const SelectionProblem &problem,
                                           const SelectionOptions &options) {
  if (options.solver == SelectionSolver::greedy)
    return solveGreedily(problem);
  SelectionSolution exact = solveExactly(problem, options.states);
  if (options.solver == SelectionSolver::exact || exact.optimal)
    return exact;
  SelectionSolution greedy = solveGreedily(problem);
  return isBetter(greedy, exact) ? greedy : exact;
}

std::optional<SelectionSolver>
coppice::planning::parseSelectionSolver(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<SelectionSolver>>(name)
      .Case("auto", SelectionSolver::automatic)
      .Case("greedy", SelectionSolver::greedy)
      .Case("exact", SelectionSolver::exact)
      .Default(std::nullopt);
}
