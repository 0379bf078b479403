//===- Packing.h - Buffers with lifetimes into one arena --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Dynamic storage allocation: buffers whose lifetimes overlap must not overlap
// in memory. The problem is NP-hard. The heuristics always give a plan and
// reach the lower bound on most networks; the exact solver proves small
// instances. These solvers do not depend on MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_PLANNING_PACKING_H
#define COPPICE_PLANNING_PACKING_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace coppice::planning {

/// A buffer to place.
struct Buffer {
  std::string name;
  /// Bytes. An empty buffer conflicts with no other.
  int64_t size = 0;
  /// A power of two.
  int64_t alignment = 64;
  /// The steps at which the buffer is live, both ends included.
  int64_t first = 0;
  int64_t last = 0;
  /// The offset that the buffer must have, if it is fixed.
  std::optional<int64_t> offset;
  /// Buffers of different memory spaces are packed into different arenas.
  std::string space;

  bool conflictsWith(const Buffer &other) const {
    return size > 0 && other.size > 0 && space == other.space &&
           first <= other.last && other.first <= last;
  }
};

/// An instance. Solvers depend on the values of its fields alone, so the same
/// instance always gives the same plan.
struct PackingProblem {
  std::vector<Buffer> buffers;
  /// Bytes per memory space; spaces without an entry have no limit.
  std::map<std::string, int64_t> budgets;

  /// Checks the instance: sizes, alignments, lifetimes, fixed offsets. Every
  /// solver expects a checked problem.
  llvm::Error check() const;
};

struct PackingSolution {
  /// The offset of each buffer of the problem.
  std::vector<int64_t> offsets;
  /// The arena of each memory space: the highest end of a buffer.
  std::map<std::string, int64_t> totals;
  /// True if every total is proven to be the least possible.
  bool optimal = false;
  /// The solver that found the plan.
  std::string solver;

  /// Returns the bytes of all arenas together.
  int64_t total() const;
};

enum class PackingSolver {
  automatic, ///< several climbs, then exact if small and not at the bound
  firstFit,  ///< the best of several orders, lowest gap
  bestFit,   ///< the best of several orders, tightest gap
  hillClimb, ///< the better of both, improved by local search
  exact      ///< branch and bound
};

struct PackingOptions {
  PackingSolver solver = PackingSolver::automatic;
  /// Moves of the local search.
  int64_t iterations = 4000;
  /// Nodes that the branch and bound may open in all.
  int64_t nodes = 2000000;
  uint64_t seed = 1;
};

/// Solves a problem that passes `check()`. The result is always complete and
/// feasible, but it may exceed a budget: compare `totals`.
PackingSolution solve(const PackingProblem &problem,
                      const PackingOptions &options = {});

/// Returns a proven lower bound for each space: the most bytes live at a step,
/// plus the bytes that alignment must waste.
std::map<std::string, int64_t> lowerBounds(const PackingProblem &problem);
/// Returns the sum over the spaces.
int64_t lowerBound(const PackingProblem &problem);

/// Returns the buffers of `space` that are live at the first step with the most
/// live bytes.
std::vector<size_t> liveAtPeak(const PackingProblem &problem,
                               const std::string &space = "");

/// Checks a solution against the problem, without regard to how it was found.
/// Does not check budgets.
llvm::Error verify(const PackingProblem &problem,
                   const PackingSolution &solution);

/// Parses "first-fit" and the like.
std::optional<PackingSolver> parsePackingSolver(llvm::StringRef name);

llvm::Expected<PackingProblem> parsePackingProblem(const llvm::json::Value &);
llvm::json::Value toJSON(const PackingProblem &problem);
llvm::json::Value toJSON(const PackingProblem &problem,
                         const PackingSolution &solution);

} // namespace coppice::planning

#endif // COPPICE_PLANNING_PACKING_H
