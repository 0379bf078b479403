//===- VerifyIntegerOnly.cpp - No float op in the forward -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/IR/Requantize.h"
#include "dialects/LowP/Transforms/ByteFunction.h"
#include "dialects/LowP/Transforms/IntegerLayer.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "dialects/LowP/Transforms/ScaledNorm.h"
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

/// Norms that become layers on codes with their scale and shift; `why` says why
/// others don't.
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
    // What it reads, if nobody else does.
    for (Operation *op : norm->ops)
      for (Value operand : op->getOperands())
        if (auto dequantize = operand.getDefiningOp<DequantizeOp>();
            dequantize &&
            llvm::all_of(dequantize->getUsers(),
                         [&](Operation *user) { return fused.contains(user); }))
          fused.insert(dequantize);
  });
}

static std::string reasonFor(Operation *op,
                             const DenseMap<Operation *, std::string> &norms) {
  if (isa<QuantizeOp, DequantizeOp>(op))
    return "converts for a float op";
  if (auto it = norms.find(op); it != norms.end())
    return "of a layer norm: " + it->second;
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

/// Whether anything in `function` is on codes.
static bool hasCodes(func::FuncOp function) {
  auto isCodes = [](Type type) { return isQuantizedTensor(type); };
  return function
      .walk([&](Operation *op) {
        bool found = llvm::any_of(op->getOperandTypes(), isCodes) ||
                     llvm::any_of(op->getResultTypes(), isCodes);
        return found ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

static std::string count(size_t number, StringRef noun) {
  return (llvm::Twine(number) + " " + noun + (number == 1 ? "" : "s")).str();
}

/// What is wrong with `floats` ops and `doubles` layers, and what to do.
static std::string describe(size_t floats, size_t doubles) {
  std::string ops = count(floats, "op") +
                    (floats == 1 ? " computes" : " compute") + " with floats",
              layers = count(doubles, "layer") +
                       (doubles == 1 ? " rescales" : " rescale") +
                       " in double precision";
  if (!doubles)
    return ops + "; quantize the tensors around them";
  if (!floats)
    return layers + "; --requant=tflite rescales by integers";
  return ops + " and " + layers +
         "; quantize the tensors around the ops, and give --requant=tflite, "
         "which rescales by integers";
}

namespace {
struct VerifyIntegerOnly
    : lowp::impl::LowPVerifyIntegerOnlyBase<VerifyIntegerOnly> {
  using LowPVerifyIntegerOnlyBase::LowPVerifyIntegerOnlyBase;
  void runOnOperation() override {
    markAllAnalysesPreserved();
    auto checked = getOperation().lookupSymbol<func::FuncOp>(function);
    if (!checked || checked.isDeclaration())
      return;
    if (!hasCodes(checked)) {
      checked.emitError("is not integer-only: the model is float; make one on "
                        "codes of it with 'coppice quantize'");
      return signalPassFailure();
    }
    bool isExact = getRequantize(checked) == Requantize::Exact;
    DenseSet<Operation *> onCodes = findTabulated(checked), fused;
    DenseMap<Operation *, std::string> norms;
    findNorms(checked, trained, fused, norms);
    onCodes.insert_range(fused);
    SmallVector<std::pair<Operation *, std::string>> offenders;
    size_t floats = 0;
    checked.walk([&](Operation *op) {
      bool rescales =
          isExact && (rescalesInDouble(op) ||
                      (isa<nn::NormalizeOp>(op) && fused.contains(op)));
      if (op->getNumOperands() && touchesFloat(op) && !isInterface(op) &&
          !onCodes.contains(op)) {
        ++floats;
        offenders.emplace_back(op, reasonFor(op, norms));
      } else if (rescales) {
        offenders.emplace_back(op, "rescales in double precision");
      }
    });
    if (offenders.empty())
      return;
    InFlightDiagnostic diag = checked.emitError("is not integer-only: ")
                              << describe(floats, offenders.size() - floats);
    for (auto &[op, reason] : offenders)
      diag.attachNote(op->getLoc()) << op->getName() << ": " << reason;
    signalPassFailure();
  }
};
} // namespace
