//===- ReuseOperands.cpp - Elementwise ops in place -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace coppice {
#define GEN_PASS_DEF_KERNELSREUSEOPERANDS
#include "lib/Kernels/Passes.h.inc"
} // namespace coppice

using namespace mlir;

namespace {
struct KernelsReuseOperands
    : coppice::impl::KernelsReuseOperandsBase<KernelsReuseOperands> {
  using KernelsReuseOperandsBase::KernelsReuseOperandsBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    // Within one kernel; a schedule decides what kernels write over.
    SmallVector<linalg::GenericOp> ops;
    function.walk([&](linalg::GenericOp op) {
      if (op->getParentOp()->hasTrait<OpTrait::IsIsolatedFromAbove>())
        ops.push_back(op);
    });
    for (linalg::GenericOp op : ops)
      if (op.hasPureBufferSemantics() && op.getNumReductionLoops() == 0 &&
          op.getNumDpsInits() == 1)
        reuse(op);
  }

  /// Whether `op`, which uses `buffer` and no view of it, comes before or after
  /// all other ops that access it.
  static bool isAtEnd(Value buffer, linalg::GenericOp op, bool last) {
    SmallVector<Value> aliases{buffer};
    for (size_t i = 0; i < aliases.size(); ++i)
      for (Operation *user : aliases[i].getUsers()) {
        if (isa<ViewLikeOpInterface>(user)) {
          llvm::append_range(aliases, user->getResults());
          continue;
        }
        Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
        // An op that passes the buffer on may access all of it.
        bool handsOn = llvm::any_of(user->getResultTypes(), [](Type type) {
          return isa<BaseMemRefType>(type);
        });
        if (!ancestor || handsOn)
          return false;
        // The buffer must be an operand: a body could access it at any index.
        if (ancestor == op ? user != op || i != 0
                           : last == op->isBeforeInBlock(ancestor))
          return false;
      }
    return true;
  }

  void reuse(linalg::GenericOp op) {
    OpOperand &init = op.getDpsInitsMutable()[0];
    auto result = init.get().getDefiningOp<memref::AllocOp>();
    if (!result || result->getBlock() != op->getBlock() ||
        op.payloadUsesValueFromOperand(&init) ||
        !isAtEnd(result, op, /*last=*/false))
      return;
    AffineMap map = op.getMatchingIndexingMap(&init);
    for (OpOperand *input : op.getDpsInputOperands()) {
      auto source = input->get().getDefiningOp<memref::AllocOp>();
      // The body must not read the buffer at an index other than the written.
      auto isRead = [&](OpOperand *other) {
        return other->get() == input->get() &&
               op.getMatchingIndexingMap(other) != map;
      };
      if (!source || source->getBlock() != op->getBlock() ||
          source.getType() != result.getType() || !map.isPermutation() ||
          llvm::any_of(op.getDpsInputOperands(), isRead) ||
          !isAtEnd(source, op, /*last=*/true))
        continue;
      result.replaceAllUsesWith(source.getResult());
      result.erase();
      return;
    }
  }
};
} // namespace
