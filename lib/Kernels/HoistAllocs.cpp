//===- HoistAllocs.cpp - Hoists static allocations out of loops -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace coppice {
#define GEN_PASS_DEF_KERNELSHOISTALLOCS
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

using namespace mlir;

namespace {
struct HoistAllocs : coppice::impl::KernelsHoistAllocsBase<HoistAllocs> {
  using KernelsHoistAllocsBase::KernelsHoistAllocsBase;
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    function.walk([&](memref::AllocOp alloc) {
      // The scratch of a kernel stays in its body.
      Operation *outer =
          alloc->getParentWithTrait<OpTrait::IsIsolatedFromAbove>();
      Block &entry = outer->getRegion(0).front();
      if (alloc->getBlock() == &entry || !alloc.getType().hasStaticShape())
        return;
      if (Operation *ancestor = entry.findAncestorOpInBlock(*alloc))
        alloc->moveBefore(ancestor);
    });
  }
};
} // namespace
