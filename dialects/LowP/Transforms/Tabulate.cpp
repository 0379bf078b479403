//===- Tabulate.cpp - Functions of a byte become tables ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/ByteFunction.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "dialects/NN/IR/NN.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace coppice::lowp {
#define GEN_PASS_DEF_LOWPTABULATE
#include "dialects/LowP/Transforms/Passes.h.inc"
} // namespace coppice::lowp

using namespace mlir;
using namespace coppice;
using namespace coppice::lowp;

/// Replaces `function` by `table`: codes of the result, indexed by the bits of
/// the operand.
static void replace(const ByteFunction &function, DenseElementsAttr table) {
  QuantizeOp end = function.end;
  OpBuilder b(end);
  Location loc = end.getLoc();
  Type element = getElementTypeOrSelf(end.getResult().getType());
  Value bits = quant::StorageCastOp::create(
      b, loc, getStorageTensor(function.codes.getType()), function.codes);
  Value entries = quant::StorageCastOp::create(
      b, loc, RankedTensorType::get({256}, element),
      arith::ConstantOp::create(b, loc, table));
  // A negative index counts from the end, and the end of the table has the bits
  // of negative codes.
  Value codes = nn::GatherOp::create(b, loc, end.getResult().getType(), entries,
                                     bits, b.getI64IntegerAttr(0));
  decisionRemark(codes.getDefiningOp(), RemarkCategory::Fusion, "table")
      << mlir::remark::reason("{0} ops on a byte become a table of 256 codes",
                              function.ops.size() + 1);
  end.replaceAllUsesWith(codes);
  end.erase();
  for (Operation *op : llvm::reverse(function.ops.getArrayRef()))
    if (op->use_empty())
      op->erase();
}

namespace {
struct Tabulate : lowp::impl::LowPTabulateBase<Tabulate> {
  using LowPTabulateBase::LowPTabulateBase;
  void runOnOperation() override {
    SmallVector<QuantizeOp> ends;
    getOperation().walk([&](QuantizeOp op) { ends.push_back(op); });
    for (QuantizeOp end : ends)
      if (std::optional<ByteFunction> function = ByteFunction::find(end))
        if (DenseElementsAttr table = function->tabulate())
          replace(*function, table);
  }
};
} // namespace
