//===- Tiling.h - Chooses the register tile of a kernel ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_TILING_H
#define COPPICE_LIB_KERNELS_TILING_H

#include "coppice/Target.h"
#include "lib/Kernels/LoopKernel.h"

namespace coppice::kernels {

/// A tile: `vectors` vectors of `lanes` elements along one loop, times
/// `factors` along the others. Its accumulators stay in registers while the
/// reduction loops run.
struct Tiling {
  unsigned laneLoop = 0;
  int64_t lanes = 1;
  int64_t vectors = 1;
  /// The factor of each loop; 1 for reductions and for the lane loop.
  llvm::SmallVector<int64_t> factors;
  /// Parallel loops, outermost first.
  llvm::SmallVector<unsigned> order;
  double cost = 0;

  int64_t accumulators() const;
};

/// Chooses the cheapest tile by a model of loads, multiply-adds and latency.
Tiling chooseTiling(const LoopKernel &kernel, const TargetRecord &target);

/// Returns the parallel loop other than `laneLoop` along which `access` is
/// contiguous: a square block of it can be loaded by rows and transposed in
/// registers.
std::optional<unsigned> findRowLoop(const LoopKernel &kernel,
                                    const Access &access, unsigned laneLoop);

/// Returns the op that combines an accumulator with a new value, if the body of
/// `op` is `yield combine(accumulator, f(inputs))` with an associative
/// combiner.
mlir::Operation *getCombiner(mlir::linalg::GenericOp op);

} // namespace coppice::kernels

#endif // COPPICE_LIB_KERNELS_TILING_H
