//===- VerifyIntegerOnly.cpp - Reports float ops of inference ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Analysis/FloatOps.h"
#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "dialects/LowP/IR/Requantize.h"
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

/// Whether `function` has any value on codes.
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

/// Describes the error of `floats` ops and `doubles` layers, and the remedy.
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
    FloatOps analysis(checked, trained);
    SmallVector<std::pair<Operation *, std::string>> offenders;
    size_t floats = 0;
    checked.walk([&](Operation *op) {
      bool rescales =
          isExact && (rescalesInDouble(op) ||
                      (isa<nn::NormalizeOp>(op) && analysis.isFused(op)));
      if (analysis.computesWithFloats(op)) {
        ++floats;
        offenders.emplace_back(op, analysis.getReason(op));
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
