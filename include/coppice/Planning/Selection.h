//===- Selection.h - What to train within a budget --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A sparse update trains some biases and some channels of some weights. Each of
// them is worth something and takes bytes, and the deepest one decides how far
// back the gradient goes, which takes bytes too. Choosing the most valuable set
// within a budget is a knapsack problem with one option of each group and a
// price for depth. Nothing here knows MLIR.
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
  /// Bytes that are needed where this is the deepest layer with a choice, the
  /// choices' own bytes apart.
  int64_t reach = 0;
  std::vector<SelectionGroup> groups;
};

struct SelectionProblem {
  int64_t budget = 0;
  /// Bytes that are needed where nothing is chosen.
  int64_t base = 0;
  /// From the model's input to its output: the first one is the deepest.
  std::vector<SelectionLayer> layers;

  /// Whether the instance makes sense. Every solver expects a checked problem.
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
  /// Proven: nothing within the budget is worth more.
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
  /// Sets that the exact solver keeps at a time; beyond, it keeps a sample of
  /// them and proves nothing.
  int64_t states = 100000;
};

/// Solves a problem that passes `check()`. Chooses nothing, which may exceed
/// the budget, where nothing fits.
SelectionSolution solve(const SelectionProblem &problem,
                        const SelectionOptions &options = {});

/// The bytes that a choice needs.
int64_t countBytes(const SelectionProblem &problem,
                   llvm::ArrayRef<SelectionSolution::Choice> choices);

/// No choice within the budget is worth more: options can be taken in parts.
double upperBound(const SelectionProblem &problem);

/// Whether a solution is one, by itself: one option of a group, sums, budget.
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
