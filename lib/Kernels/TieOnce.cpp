//===- TieOnce.cpp - One destination for a value ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice {
#define GEN_PASS_DEF_KERNELSTIEONCE
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

using namespace mlir;

namespace {
struct TieOnce : coppice::impl::KernelsTieOnceBase<TieOnce> {
  using KernelsTieOnceBase::KernelsTieOnceBase;
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    llvm::DenseMap<Value, Value> tied;
    bool changed = false;
    for (auto tie :
         function.front().getOps<bufferization::MaterializeInDestinationOp>()) {
      // A destination that is already a buffer has no tensor to copy from.
      if (tie->getNumResults() != 1)
        continue;
      auto [first, isNew] =
          tied.try_emplace(tie.getSource(), tie->getResult(0));
      if (isNew)
        continue;
      tie.getSourceMutable().assign(first->second);
      changed = true;
    }
    if (!changed)
      markAllAnalysesPreserved();
  }
};
} // namespace
