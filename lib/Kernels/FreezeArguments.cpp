//===- FreezeArguments.cpp - Marks arguments read-only ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Passes.h"

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Coppice/IR/Names.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice {
#define GEN_PASS_DEF_KERNELSFREEZEARGUMENTS
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

/// Whether an entry point may write the argument: the destination of a result,
/// or a parameter that a step writes.
static bool isWritable(func::FuncOp function, unsigned index) {
  if (!function.getArgAttr(index, kRoleAttr))
    return false;
  EntryValue argument = EntryPoint(function).getArgument(index);
  if (argument.role == EntryRole::parameter)
    return argument.written;
  return !isGivenByCaller(argument.role);
}

namespace {
struct FreezeArguments
    : coppice::impl::KernelsFreezeArgumentsBase<FreezeArguments> {
  using KernelsFreezeArgumentsBase::KernelsFreezeArgumentsBase;
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    // An external function has no body to bufferize.
    if (function.isExternal())
      return;
    StringRef name = bufferization::BufferizationDialect::kWritableAttrName;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (isa<TensorType>(function.getArgument(i).getType()) &&
          !function.getArgAttr(i, name))
        function.setArgAttr(
            i, name, BoolAttr::get(&getContext(), isWritable(function, i)));
  }
};
} // namespace
