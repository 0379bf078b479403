//===- Selection.h - Chooses a sparse update within a budget ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A sparse update trains some biases and some channels of some weights. Each of
// them has a value and takes bytes. The deepest one decides how far back the
// gradient goes, which takes bytes too. Choosing the most valuable set within a
// budget is a knapsack problem with one option of each group and a price for
// depth. These solvers do not depend on MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_PLANNING_SELECTION_H
#define COPPICE_PLANNING_SELECTION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coppice::planning {

/// One way to train a parameter: all of it, or some of its channels.
struct SelectionOption {
  std::string name;
  double value = 0;
  int64_t bytes = 0;
};

/// A parameter; at most one of its options is chosen.
struct SelectionGroup {
  std::string name;
  std::vector<SelectionOption> options;
};

/// Parameters that the gradient reaches at the same depth.
struct SelectionLayer {
  std::string name;
  /// The bytes that are needed if this is the deepest layer with a choice,
  /// without the bytes of the choices.
  int64_t reach = 0;
  std::vector<SelectionGroup> groups;
};

struct SelectionProblem {
  int64_t budget = 0;
  /// The bytes that are needed if no option is chosen.
  int64_t base = 0;
  /// From the model's input to its output: the first one is the deepest.
  std::vector<SelectionLayer> layers;

  /// Checks the instance. Every solver expects a checked problem.
  llvm::Error check() const;
};

struct SelectionSolution {
  /// Indices of layer, group and option, ascending.
  struct Choice {
    uint32_t layer, group, option;
    bool operator==(const Choice &other) const {
      return layer == other.layer && group == other.group &&
             option == other.option;
    }
  };
  std::vector<Choice> choices;
  double value = 0;
  int64_t bytes = 0;
  /// True if it is proven that no choice within the budget is worth more.
  bool optimal = false;
  std::string solver;
};

enum class SelectionSolver {
  automatic, ///< exact; where its limit cuts it short, greedy if that is better
  greedy,    ///< for each depth, what adds most value for a byte
  exact      ///< sets that no other one beats in both bytes and value
};

struct SelectionOptions {
  SelectionSolver solver = SelectionSolver::automatic;
  /// The number of sets that the exact solver keeps at a time. If there are
  /// more, it keeps a sample of them and the result is not proven.
  int64_t states = 100000;
};

/// Solves a problem that passes `check()`. If no option fits, chooses none,
/// which may still exceed the budget.
SelectionSolution solve(const SelectionProblem &problem,
                        const SelectionOptions &options = {});

/// Returns the bytes that a choice needs.
int64_t countBytes(const SelectionProblem &problem,
                   llvm::ArrayRef<SelectionSolution::Choice> choices);

/// Returns an upper bound of the value of every choice within the budget:
/// options may be taken in parts.
double upperBound(const SelectionProblem &problem);

/// Checks a solution against the problem: one option of a group, sums, budget.
llvm::Error verify(const SelectionProblem &problem,
                   const SelectionSolution &solution);

std::optional<SelectionSolver> parseSelectionSolver(llvm::StringRef name);

llvm::Expected<SelectionProblem>
parseSelectionProblem(const llvm::json::Value &);
llvm::json::Value toJSON(const SelectionProblem &problem);
llvm::json::Value toJSON(const SelectionProblem &problem,
                         const SelectionSolution &solution);

} // namespace coppice::planning

#endif // COPPICE_PLANNING_SELECTION_H
