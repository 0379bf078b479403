//===- FloatOps.cpp - Finds ops that compute with floats --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/FloatOps.h"

#include "dialects/LowP/Analysis/ByteFunction.h"
#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "dialects/LowP/Analysis/ScaledNorm.h"
#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/IR/Requantize.h"
#include "dialects/NN/IR/NN.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::lowp;

/// Whether `op` quantizes an argument or dequantizes a result: the function's
/// interface may be float.
static bool isInterface(Operation *op) {
  if (auto quantize = dyn_cast<QuantizeOp>(op))
    return isa<BlockArgument>(quantize.getInput());
  return isa<DequantizeOp>(op) &&
         llvm::all_of(op->getUsers(), [](Operation *user) {
           return user->hasTrait<OpTrait::IsTerminator>();
         });
}

static bool touchesFloat(Operation *op) {
  // An unused result is not computed.
  auto isFloat = [](Value value) {
    return !value.use_empty() && train::detail::isFloatTensor(value.getType());
  };
  return llvm::any_of(op->getResults(), isFloat) ||
         (isa<QuantizeOp>(op) && isFloat(op->getOperand(0)));
}

/// Finds the ops that compute a table alone.
static DenseSet<Operation *> findTabulated(func::FuncOp function) {
  DenseSet<Operation *> tabulated;
  function.walk([&](QuantizeOp end) {
    std::optional<ByteFunction> bytes = ByteFunction::find(end);
    if (!bytes || !bytes->tabulate())
      return;
    tabulated.insert(end);
    tabulated.insert_range(bytes->ops);
  });
  // An op with another user than a table is computed in floats, and so are its
  // operands. Users come after their operands, so the walk goes backwards.
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

/// Finds the norms that become layers on codes with their scale and shift;
/// `why` has the reason for each other one.
static void findNorms(func::FuncOp function, bool trained,
                      DenseSet<Operation *> &fused,
                      DenseMap<Operation *, std::string> &why) {
  function.walk([&](QuantizeOp end) {
    std::string reason;
    std::optional<ScaledNorm> norm =
        ScaledNorm::find(end, [&](train::ReadOp) { return !trained; }, reason);
    if (!reason.empty()) {
      Operation *op = end.getInput().getDefiningOp();
      why[op] = reason;
      return;
    }
    if (!norm)
      return;
    fused.insert(end);
    fused.insert_range(norm->ops);
    // Add the dequantize that the norm alone reads.
    for (Operation *op : norm->ops)
      for (Value operand : op->getOperands())
        if (auto dequantize = operand.getDefiningOp<DequantizeOp>();
            dequantize &&
            llvm::all_of(dequantize->getUsers(),
                         [&](Operation *user) { return fused.contains(user); }))
          fused.insert(dequantize);
  });
}

std::string FloatOps::getReason(Operation *op) const {
  if (isConversion(op))
    return "converts codes to or from a float op";
  if (auto it = norms.find(op); it != norms.end())
    return "part of a layer norm: " + it->second;
  if (std::string reason = whyNotInteger(op); !reason.empty())
    return reason;
  // The op has a form on codes, but perhaps not in the arithmetic of the
  // module. Find the quantize of its result and ask.
  for (Operation *user : op->getUsers())
    if (auto quantize = dyn_cast<QuantizeOp>(user);
        quantize && getRequantize(op) == Requantize::TFLite)
      if (std::string reason = whyNotFixedPoint(
              op, getQuantizedType(quantize.getResult().getType()));
          !reason.empty())
        return reason;
  return "its result is not quantized, or not by its only user";
}

FloatOps::FloatOps(func::FuncOp function, bool trained)
    : onCodes(findTabulated(function)) {
  findNorms(function, trained, fused, norms);
  onCodes.insert_range(fused);
}

bool FloatOps::computesWithFloats(Operation *op) const {
  return op->getNumOperands() && touchesFloat(op) && !isInterface(op) &&
         !onCodes.contains(op);
}
