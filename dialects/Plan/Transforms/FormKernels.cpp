//===- FormKernels.cpp - Forms kernels of ops -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/KernelUnits.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANFORMKERNELS
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// Whether the ops become a kernel: views have no code.
static bool isKernel(ArrayRef<Operation *> members) {
  return llvm::any_of(members, [](Operation *op) {
    return isa<PlanningOpInterface>(op) &&
           !llvm::all_of(op->getResults(), [](OpResult result) {
             return bool(getViewSource(result));
           });
  });
}

/// The operands that the last of `members` may be written over: elementwise
/// kernels write over an operand of the same type that they read in no other
/// way.
static SmallVector<Value> getOverwritable(ArrayRef<Operation *> members) {
  SmallVector<Value> read, overwritable;
  for (Operation *op : members) {
    SmallVector<unsigned> operands;
    if (auto planning = dyn_cast<PlanningOpInterface>(op))
      planning.getOverwritableOperands(0, operands);
    for (OpOperand &operand : op->getOpOperands())
      (llvm::is_contained(operands, operand.getOperandNumber()) ? overwritable
                                                                : read)
          .push_back(operand.get());
  }
  Type type = members.back()->getResult(0).getType();
  llvm::erase_if(overwritable, [&](Value value) {
    return value.getType() != type || llvm::is_contained(read, value);
  });
  return overwritable;
}

/// Moves `members` into a kernel before `end`.
static void form(ArrayRef<Operation *> members, const KernelUnits &units,
                 bool isContraction, Operation *end) {
  llvm::SmallPtrSet<Operation *, 8> inKernel(members.begin(), members.end());
  SetVector<Value> ins;
  SmallVector<Value> values;
  for (Operation *op : members) {
    for (Value used : getUsed(op))
      if (!inKernel.contains(used.getDefiningOp()))
        ins.insert(used);
    for (OpResult result : op->getResults())
      if (!units.isInside(result))
        values.push_back(result);
  }
  SmallVector<int64_t> overwrites;
  if (!isContraction && values.size() == 1 &&
      values.front().getDefiningOp() == members.back())
    for (Value value : getOverwritable(members))
      if (auto in = llvm::find(ins, value); in != ins.end())
        overwrites.append({0, in - ins.begin()});

  OpBuilder b(end);
  Location loc = members.back()->getLoc();
  auto kernel = KernelOp::create(b, loc, ValueRange(values).getTypes(),
                                 ins.getArrayRef(), overwrites);
  Block &body = kernel.getBody().emplaceBlock();
  IRMapping inside;
  for (Value value : ins)
    inside.map(value, body.addArgument(value.getType(), value.getLoc()));
  for (auto [value, result] : llvm::zip_equal(values, kernel.getResults()))
    value.replaceUsesWithIf(result, [&](OpOperand &use) {
      return !inKernel.contains(
          end->getBlock()->findAncestorOpInBlock(*use.getOwner()));
    });
  for (Operation *op : members) {
    op->moveBefore(&body, body.end());
    // A value may have many readers; the op has few operands.
    op->walk([&](Operation *user) {
      for (OpOperand &operand : user->getOpOperands())
        operand.set(inside.lookupOrDefault(operand.get()));
    });
  }
  b.setInsertionPointToEnd(&body);
  YieldOp::create(b, loc, values);
}

namespace {
struct PlanFormKernels : plan::impl::PlanFormKernelsBase<PlanFormKernels> {
  void runOnOperation() override {
    for (Block &block : getOperation().getBody()) {
      KernelUnits units(block);
      Operation *end = block.getTerminator();
      DenseSet<Operation *> placed;
      for (uint32_t unit = 0; unit < units.size(); ++unit) {
        for (Operation *op : units[unit])
          placeFloating(op, end, placed);
        for (Operation *op : units[unit])
          op->moveBefore(end);
        if (isKernel(units[unit]))
          form(units[unit], units, units.isContraction(unit), end);
      }
      placeFloating(end, end, placed);
    }
  }
};
} // namespace
