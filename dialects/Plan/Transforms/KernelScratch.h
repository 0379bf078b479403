//===- KernelScratch.h - Bytes that a kernel's body needs -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELSCRATCH_H
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELSCRATCH_H

#include "dialects/Plan/Transforms/ViewLayouts.h"

namespace coppice::plan {

/// Returns the bytes that `unit`, a kernel or another op, needs beside its
/// operands and its results, which take `resultBytes`: values of the body that
/// are stored, operands that are copied to be read in another shape, and what
/// the ops declare.
int64_t getUnitScratch(mlir::Operation *unit, int64_t resultBytes,
                       ViewLayouts &layouts, const TargetRecord &target);

} // namespace coppice::plan

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_KERNELSCRATCH_H
