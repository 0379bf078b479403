//===- PackingSolvers.h - Solvers over one memory space ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_PLANNING_PACKINGSOLVERS_H
#define COPPICE_LIB_PLANNING_PACKINGSOLVERS_H

#include "coppice/Planning/Packing.h"

namespace coppice::planning::detail {

/// The non-empty buffers of one memory space, and the conflicts between them.
struct Instance {
  std::vector<const Buffer *> buffers;
  std::vector<std::vector<uint32_t>> neighbours;
  int64_t bound = 0;

  explicit Instance(std::vector<const Buffer *> buffers, int64_t bound);
};

struct Placement {
  std::vector<int64_t> offsets;
  int64_t total = 0;
  bool optimal = false;
};

/// Returns the best placement of several orders.
Placement packGreedily(const Instance &instance, bool tightest);
/// Estimates the cost of decoding one order.
int64_t countConflicts(const Instance &instance);
/// Returns `iterations`, or fewer if the instance is large.
int64_t limitIterations(const Instance &instance, int64_t iterations);
/// Local search over orders that starts from one of the better greedy ones.
Placement climb(const Instance &instance, int64_t iterations, uint64_t seed);
/// Packs once more with one buffer above all others, for each of a few buffers
/// whose size is no multiple of their alignment: the gap behind such a buffer
/// costs nothing at the top. Returns the best placement.
Placement raiseUneven(const Instance &instance, Placement placement);
/// Branch and bound. Returns `incumbent` unless it finds a better plan.
/// Subtracts the nodes that it opens from `nodes`; at 0 it stops and the result
/// is not `optimal`.
Placement branchAndBound(const Instance &instance, Placement incumbent,
                         int64_t &nodes);

} // namespace coppice::planning::detail

#endif // COPPICE_LIB_PLANNING_PACKINGSOLVERS_H
