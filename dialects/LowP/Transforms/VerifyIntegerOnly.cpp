//===- VerifyIntegerOnly.cpp - No float op in the forward -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/IR/Requantize.h"
#include "dialects/LowP/Transforms/ByteFunction.h"
#include "dialects/LowP/Transforms/IntegerLayer.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "dialects/NN/IR/NN.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace coppice::lowp {
#define GEN_PASS_DEF_LOWPVERIFYINTEGERONLY
#include "dialects/LowP/Transforms/Passes.h.inc"
} // namespace coppice::lowp

using namespace mlir;
using namespace coppice;
using namespace coppice::lowp;

/// The function's interface may be float.
static bool isInterface(Operation *op) {
  if (auto quantize = dyn_cast<QuantizeOp>(op))
    return isa<BlockArgument>(quantize.getInput());
  return isa<DequantizeOp>(op) &&
         llvm::all_of(op->getUsers(), [](Operation *user) {
           return user->hasTrait<OpTrait::IsTerminator>();
         });
}

static bool touchesFloat(Operation *op) {
  // What nobody reads is not computed.
  auto isFloat = [](Value value) {
    return !value.use_empty() && train::detail::isFloatTensor(value.getType());
  };
  return llvm::any_of(op->getResults(), isFloat) ||
         (isa<QuantizeOp>(op) && isFloat(op->getOperand(0)));
}

/// The ops that compute nothing but what becomes a table.
static DenseSet<Operation *> findTabulated(func::FuncOp function) {
  DenseSet<Operation *> tabulated;
  function.walk([&](QuantizeOp end) {
    std::optional<ByteFunction> bytes = ByteFunction::find(end);
    if (!bytes || !bytes->tabulate())
      return;
    tabulated.insert(end);
    tabulated.insert_range(bytes->ops);
  });
  // Whatever else reads one needs it in floats, and so what that is made of.
  // Readers come later.
  SmallVector<Operation *> order;
  function.walk([&](Operation *op) { order.push_back(op); });
  for (Operation *op : llvm::reverse(order))
    if (!isa<QuantizeOp>(op) &&
        llvm::any_of(op->getUsers(), [&](Operation *user) {
          return !tabulated.contains(user);
        }))
      tabulated.erase(op);
  return tabulated;
}

static std::string reasonFor(Operation *op) {
  if (isa<QuantizeOp, DequantizeOp>(op))
    return "converts for a float op";
  if (std::string reason = whyNotInteger(op); !reason.empty())
    return reason;
  // What quantizes the result of an op that has a form on codes, but none in
  // the arithmetic that is asked for.
  for (Operation *user : op->getUsers())
    if (auto quantize = dyn_cast<QuantizeOp>(user);
        quantize && getRequantize(op) == Requantize::TFLite)
      if (std::string reason = whyNotFixedPoint(
              op, getQuantizedType(quantize.getResult().getType()));
          !reason.empty())
        return reason;
  return "its result is not quantized, or not by its only user";
}

namespace {
struct VerifyIntegerOnly
    : lowp::impl::LowPVerifyIntegerOnlyBase<VerifyIntegerOnly> {
  using LowPVerifyIntegerOnlyBase::LowPVerifyIntegerOnlyBase;
  void runOnOperation() override {
    markAllAnalysesPreserved();
    func::FuncOp checked = getOperation();
    if (checked.getName() != function || checked.isDeclaration())
      return;
    DenseSet<Operation *> tabulated = findTabulated(checked);
    SmallVector<Operation *> offenders;
    checked.walk([&](Operation *op) {
      if (op->getNumOperands() && touchesFloat(op) && !isInterface(op) &&
          !tabulated.contains(op))
        offenders.push_back(op);
    });
    if (offenders.empty())
      return;
    InFlightDiagnostic diag =
        checked.emitError("is not integer-only: ")
        << offenders.size() << (offenders.size() == 1 ? " op" : " ops")
        << " compute with floats; quantize the tensors around them";
    for (Operation *op : offenders)
      diag.attachNote(op->getLoc()) << op->getName() << ": " << reasonFor(op);
    signalPassFailure();
  }
};
} // namespace
