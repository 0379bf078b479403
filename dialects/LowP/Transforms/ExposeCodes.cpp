//===- ExposeCodes.cpp - Quantized values as results ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace coppice::lowp {
#define GEN_PASS_DEF_LOWPEXPOSECODES
#include "dialects/LowP/Transforms/Passes.h.inc"

namespace {
/// Returns the name of an op's first result in the file; empty if it has none.
StringRef getTensorName(Location loc) {
  if (auto fused = dyn_cast<FusedLoc>(loc);
      fused && !fused.getLocations().empty())
    return getTensorName(fused.getLocations().front());
  auto named = dyn_cast<NameLoc>(loc);
  return named ? named.getName().getValue() : StringRef();
}

struct ExposeCodes : impl::LowPExposeCodesBase<ExposeCodes> {
  using LowPExposeCodesBase::LowPExposeCodesBase;

  void runOnOperation() override {
    auto target = getOperation().lookupSymbol<func::FuncOp>(function);
    if (!target || target.isDeclaration() || !target.getBody().hasOneBlock()) {
      getOperation().emitError("no function @")
          << function << " with one block, whose codes could be returned";
      return signalPassFailure();
    }
    Operation *terminator = target.getBody().front().getTerminator();
    OpBuilder builder(terminator);
    auto quantized = llvm::to_vector(target.getOps<QuantizeOp>());
    for (auto [i, op] : llvm::enumerate(quantized)) {
      // The names decide only how the new results are called.
      std::string name = getTensorName(op.getLoc()).str();
      if (name.empty())
        name = "codes" + std::to_string(i);
      Value codes = quant::StorageCastOp::create(
          builder, op.getLoc(), getStorageTensor(op.getResult().getType()),
          op.getResult());
      quant::QuantizedType type = getQuantizedType(op.getResult().getType());
      if (!type.isSigned())
        codes = tensor::BitcastOp::create(
            builder, op.getLoc(),
            withElement(codes.getType(), builder.getIntegerType(
                                             type.getStorageTypeIntegralWidth(),
                                             /*isSigned=*/false)),
            codes);
      unsigned index = target.getNumResults();
      if (failed(target.insertResult(
              index, codes.getType(),
              RoleAttr::get(&getContext(), EntryRole::output, name)
                  .asDictionary())))
        return signalPassFailure();
      terminator->insertOperands(index, codes);
    }
  }
};
} // namespace
} // namespace coppice::lowp
