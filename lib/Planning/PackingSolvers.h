//===- PackingSolvers.h - Solvers over one memory space ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_PLANNING_PACKINGSOLVERS_H
#define COPPICE_LIB_PLANNING_PACKINGSOLVERS_H

#include "coppice/Planning/Packing.h"

namespace coppice::planning::detail {

/// The buffers of one memory space, without the empty ones, and who conflicts
/// with whom.
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

/// The best of several orders.
Placement packGreedily(const Instance &instance, bool tightest);
/// What decoding one order costs, about.
int64_t countConflicts(const Instance &instance);
/// `iterations`, or as many as cost no more than a large instance may.
int64_t limitIterations(const Instance &instance, int64_t iterations);
/// Local search over orders, starting from one of the better greedy ones.
Placement climb(const Instance &instance, int64_t iterations, uint64_t seed);
/// Branch and bound; `incumbent` is kept unless a better plan exists. Lowers
/// `nodes` by those it opened and gives up, not `optimal`, when none are left.
Placement branchAndBound(const Instance &instance, Placement incumbent,
                         int64_t &nodes);

} // namespace coppice::planning::detail

#endif // COPPICE_LIB_PLANNING_PACKINGSOLVERS_H
