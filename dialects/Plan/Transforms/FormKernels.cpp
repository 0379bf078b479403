//===- FormKernels.cpp - Forms kernels of ops -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Target.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/KernelUnits.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/IRMapping.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANFORMKERNELS
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// Returns the operands that the last of `members` may overwrite: an
/// elementwise kernel may overwrite an operand that is stored in the same type
/// and that it reads in no other way.
static SmallVector<Value> getOverwritable(ArrayRef<Operation *> members,
                                          const TargetRecord &target) {
  SmallVector<Value> read, overwritable;
  auto writesEarly = [&](Operation *op) { return keepsInResult(op, target); };
  bool isEarly = llvm::any_of(members, writesEarly);
  for (Operation *op : members) {
    SmallVector<unsigned> operands;
    auto planning = dyn_cast<PlanningOpInterface>(op);
    // The op moves elements: it would overwrite some before it reads them.
    if (planning && planning.joinsProducer() && !planning.readsInOrder())
      return {};
    // A reduction begins its result before it has read what it computes as it
    // loads.
    if (planning && planning.absorbsProducers())
      read.append(std::exchange(overwritable, {}));
    if (planning && (!isEarly || writesEarly(op)))
      planning.getOverwritableOperands(0, operands);
    for (OpOperand &operand : op->getOpOperands())
      (llvm::is_contained(operands, operand.getOperandNumber()) ? overwritable
                                                                : read)
          .push_back(operand.get());
  }
  // Codes are written as the integers they are.
  Type type = getStoredType(members.back()->getResult(0).getType());
  llvm::erase_if(overwritable, [&](Value value) {
    return getStoredType(value.getType()) != type ||
           llvm::is_contained(read, value);
  });
  return overwritable;
}

namespace {
/// Moves ops into the body of a kernel.
class BodyBuilder {
public:
  BodyBuilder(ArrayRef<Operation *> members, KernelOp kernel,
              ArrayRef<Value> values)
      : members(members.begin(), members.end()),
        body(kernel.getBody().emplaceBlock()) {
    for (Value value : kernel.getIns())
      inside.map(value, body.addArgument(value.getType(), value.getLoc()));
    // Map a result of a kernel to the value in the body, for ops that consumers
    // compute.
    inside.map(kernel.getResults(), values);
  }

  void move(Operation *op) {
    // Look at the op's few operands: a value may have many users.
    op->walk([&](Operation *user) {
      for (OpOperand &operand : user->getOpOperands())
        operand.set(get(operand.get()));
    });
    op->moveBefore(&body, body.end());
  }

private:
  /// Returns `value` in the body; clones the ops that consumers compute.
  Value get(Value value) {
    if (Value known = inside.lookupOrNull(value))
      return known;
    Operation *def = value.getDefiningOp();
    if ((!isComputedByReaders(def) && !isConstant(def)) ||
        members.contains(def) || def->getParentRegion() == body.getParent())
      return value;
    SmallVector<Value> operands = llvm::map_to_vector(
        def->getOperands(), [&](Value operand) { return get(operand); });
    Operation *copy = def->clone();
    copy->setOperands(operands);
    body.push_back(copy);
    inside.map(def->getResults(), copy->getResults());
    return inside.lookup(value);
  }

  llvm::SmallPtrSet<Operation *, 8> members;
  Block &body;
  IRMapping inside;
};
} // namespace

/// Gives users without code, views and the end of `block`, copies of the ops
/// that consumers compute: a kernel stores the copy, and the other consumers
/// still compute the op.
static void splitStored(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto isStored = [](OpOperand &use) { return !hasCode(use.getOwner()); };
    if (!isComputedByReaders(&op) || llvm::all_of(op.getUses(), isStored) ||
        llvm::none_of(op.getUses(), isStored))
      continue;
    OpBuilder b(&op);
    op.replaceUsesWithIf(b.clone(op), isStored);
  }
}

/// The names of the first few ops, for a remark.
static std::string listOps(ArrayRef<Operation *> ops) {
  constexpr size_t kMostListed = 8;
  std::string names =
      llvm::join(llvm::map_range(ops.take_front(kMostListed),
                                 [](Operation *op) {
                                   return op->getName().getStringRef();
                                 }),
                 ", ");
  return ops.size() > kMostListed ? names + ", ..." : names;
}

/// Moves `members` into a kernel before `end`.
static void form(ArrayRef<Operation *> members, const KernelUnits &units,
                 Operation *end, const TargetRecord &target) {
  llvm::SmallPtrSet<Operation *, 8> inKernel(members.begin(), members.end());
  SetVector<Value> ins;
  SmallVector<Value> values;
  for (Operation *op : members) {
    for (Value used : getLoaded(op))
      if (!inKernel.contains(used.getDefiningOp()))
        ins.insert(used);
    for (OpResult result : op->getResults())
      if (!result.use_empty() && !units.isInside(result))
        values.push_back(result);
  }
  // A kernel that nothing reads is left to the canonicalizer.
  if (values.empty())
    values.push_back(members.back()->getResult(0));
  SmallVector<int64_t> overwrites;
  // An op with several results writes the first last.
  if (values.front() == members.back()->getResult(0) &&
      (values.size() == 1 || members.size() == 1))
    for (Value value : getOverwritable(members, target))
      if (auto in = llvm::find(ins, value); in != ins.end())
        overwrites.append({0, in - ins.begin()});

  OpBuilder b(end);
  Location loc = members.back()->getLoc();
  auto kernel =
      KernelOp::create(b, loc, ValueRange(values).getTypes(), ins.getArrayRef(),
                       /*outs=*/ValueRange(), overwrites);
  for (auto [value, result] : llvm::zip_equal(values, kernel.getResults()))
    value.replaceUsesWithIf(result, [&](OpOperand &use) {
      return !inKernel.contains(
          end->getBlock()->findAncestorOpInBlock(*use.getOwner()));
    });
  BodyBuilder builder(members, kernel, values);
  for (Operation *op : members)
    builder.move(op);
  b.setInsertionPointToEnd(&kernel.getBody().front());
  YieldOp::create(b, loc, values);
  if (members.size() > 1)
    decisionRemark(kernel, RemarkCategory::Fusion, "kernel") << remark::reason(
        "{0} ops are one kernel: {1}", members.size(), listOps(members));
}

namespace {
struct PlanFormKernels : plan::impl::PlanFormKernelsBase<PlanFormKernels> {
  void runOnOperation() override {
    FailureOr<TargetRecord> target = TargetRecord::get(getOperation());
    if (failed(target))
      return signalPassFailure();
    for (Block &block : getOperation().getBody()) {
      splitStored(block);
      KernelUnits units(block);
      Operation *end = block.getTerminator();
      DenseSet<Operation *> placed;
      for (uint32_t unit = 0; unit < units.size(); ++unit) {
        for (Operation *op : units[unit])
          placeFloating(op, end, placed);
        for (Operation *op : units[unit])
          op->moveBefore(end);
        if (llvm::any_of(units[unit], hasCode))
          form(units[unit], units, end, *target);
      }
      placeFloating(end, end, placed);
      // The consumers have copies of these ops, so erase them.
      for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
        if ((isComputedByReaders(&op) || isConstant(&op)) && op.use_empty())
          op.erase();
    }
  }
};
} // namespace
