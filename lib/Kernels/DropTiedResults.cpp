//===- DropTiedResults.cpp - Results become arguments -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace coppice {
#define GEN_PASS_DEF_KERNELSDROPTIEDRESULTS
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

using namespace mlir;

namespace {
struct DropTiedResults
    : coppice::impl::KernelsDropTiedResultsBase<DropTiedResults> {
  using KernelsDropTiedResultsBase::KernelsDropTiedResultsBase;
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (!function.getBody().hasOneBlock()) {
      function.emitError("results of a function with several blocks cannot "
                         "become arguments");
      return signalPassFailure();
    }
    Block &entry = function.front();
    auto exit = dyn_cast<func::ReturnOp>(entry.getTerminator());
    if (!exit) {
      function.emitError("a function whose results become arguments must end "
                         "in func.return");
      return signalPassFailure();
    }
    OpBuilder builder(exit);
    for (OpOperand &operand : exit->getOpOperands()) {
      Value value = operand.get();
      auto type = dyn_cast<MemRefType>(value.getType());
      if (!type) {
        function.emitError("result ")
            << operand.getOperandNumber() << " of type " << value.getType()
            << " is not a buffer";
        return signalPassFailure();
      }
      while (auto cast = value.getDefiningOp<memref::CastOp>())
        value = cast.getSource();
      if (isa<BlockArgument>(value))
        continue;
      unsigned index = function.getNumArguments();
      DictionaryAttr attributes =
          function.getResultAttrDict(operand.getOperandNumber());
      if (failed(function.insertArgument(
              index, MemRefType::get(type.getShape(), type.getElementType()),
              attributes, value.getLoc())))
        return signalPassFailure();
      memref::CopyOp::create(builder, value.getLoc(), operand.get(),
                             function.getArgument(index));
    }
    exit.getOperandsMutable().clear();
    if (failed(function.eraseResults(
            llvm::BitVector(function.getNumResults(), true))))
      return signalPassFailure();
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.removeArgAttr(
          i, bufferization::BufferizationDialect::kWritableAttrName);
  }
};
} // namespace
