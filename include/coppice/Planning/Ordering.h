//===- Ordering.h - Orders of ops with a low peak of live bytes -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A graph of ops over storages. The order of the ops decides how many bytes are
// live at a time. Finding the order with the least peak is NP-hard. These
// solvers do not depend on MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_PLANNING_ORDERING_H
#define COPPICE_PLANNING_ORDERING_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coppice::planning {

/// The storage of a value. It is live from the op that defines it (or from the
/// start) to its last use (or to the end).
struct Storage {
  std::string name;
  int64_t size = 0;
  bool given = false; ///< live from the start, defined by no op
  bool kept = false;  ///< live to the end
};

struct OrderedOp {
  std::string name;
  /// Storages that the op reads and storages that it defines.
  std::vector<uint32_t> uses, defines;
  /// Ops that must come before this one for another reason than a storage.
  std::vector<uint32_t> after;
  /// Pairs (defined, used): the first storage may overwrite the second if the
  /// second dies at this op. If several pairs are possible, the earlier one is
  /// taken; a storage is overwritten once.
  std::vector<std::pair<uint32_t, uint32_t>> overwrites;
  /// Bytes that the op needs while it runs.
  int64_t scratch = 0;
};

struct OrderingProblem {
  std::vector<Storage> storages;
  std::vector<OrderedOp> ops;

  /// Checks the instance: indices, one definition of each storage, no cycle.
  /// Every solver expects a checked problem.
  llvm::Error check() const;
};

struct OrderingSolution {
  std::vector<uint32_t> order;
  int64_t peak = 0;
  /// Proven: no order has a lower peak.
  bool optimal = false;
  std::string solver;
};

enum class OrderingSolver {
  automatic,  ///< the best heuristic, then exact within its limit of states
  listed,     ///< the order of the problem, as far as it is one
  greedy,     ///< next the ready op that adds least
  depthFirst, ///< what an op needs right before it
  beam,       ///< the best partial orders, step by step
  exact       ///< best first over sets of ops done
};

struct OrderingOptions {
  OrderingSolver solver = OrderingSolver::automatic;
  /// Partial orders that the beam keeps.
  int64_t width = 32;
  /// Sets of ops that the exact solver may visit.
  int64_t states = 100000;
  /// The limit of ready ops that the beam and the exact solver may each look
  /// at, over all steps of all partial orders. It bounds the time on wide
  /// graphs, where a partial order has many ready ops. A solver that reaches it
  /// gives up, and the heuristics' order is used.
  int64_t work = 100000000;
};

/// Solves a problem that passes `check()`.
OrderingSolution solve(const OrderingProblem &problem,
                       const OrderingOptions &options = {});

/// Returns the most bytes live in `order`, a complete valid order.
int64_t peakBytes(const OrderingProblem &problem,
                  llvm::ArrayRef<uint32_t> order);

/// (defined, used): what takes the place of what in `order`, a complete valid
/// order.
std::vector<std::pair<uint32_t, uint32_t>>
getOverwrites(const OrderingProblem &problem, llvm::ArrayRef<uint32_t> order);

/// Returns a lower bound of the peak of every order: the most bytes that one op
/// forces to be live.
int64_t lowerBound(const OrderingProblem &problem);

/// Checks that the order is complete, respects the dependencies and has the
/// peak.
llvm::Error verify(const OrderingProblem &problem,
                   const OrderingSolution &solution);

std::optional<OrderingSolver> parseOrderingSolver(llvm::StringRef name);

llvm::Expected<OrderingProblem> parseOrderingProblem(const llvm::json::Value &);
llvm::json::Value toJSON(const OrderingProblem &problem);
llvm::json::Value toJSON(const OrderingProblem &problem,
                         const OrderingSolution &solution);

} // namespace coppice::planning

#endif // COPPICE_PLANNING_ORDERING_H
