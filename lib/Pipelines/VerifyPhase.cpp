//===- VerifyPhase.cpp - Verifies the contract of a phase -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Pipelines/Passes.h"

#include "coppice/Pipelines.h"
#include "dialects/LowP/IR/LowP.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/KernelUnits.h"
#include "dialects/Train/Analysis/BackwardPass.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace coppice {
#define GEN_PASS_DEF_VERIFYPHASE
#include "lib/Pipelines/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

FailureOr<Phase> coppice::findPhase(ModuleOp module, StringRef name) {
  if (std::optional<Phase> phase = symbolizePhase(name))
    return *phase;
  InFlightDiagnostic diag = module.emitError("no phase is named '")
                            << name << "'; there are ";
  llvm::interleaveComma(getPhaseNames(), diag);
  return diag;
}

/// Returns why `op` must not exist after the phase; empty if it may.
using Rule = StringRef (*)(Operation *);

/// Whether a result of `op`, or an argument of a block in it, has such a type.
static bool definesType(Operation *op, function_ref<bool(Type)> condition) {
  auto matches = [&](Type type) { return condition(type); };
  if (llvm::any_of(op->getResultTypes(), matches))
    return true;
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (llvm::any_of(block.getArgumentTypes(), matches))
        return true;
  return false;
}

static StringRef checkImport(Operation *op) {
  if (!isa<ModuleOp, func::FuncOp, func::ReturnOp, arith::ConstantOp,
           quant::StorageCastOp, tensor::BitcastOp>(op) &&
      !isa_and_nonnull<nn::NNDialect, lowp::LowPDialect, train::TrainDialect>(
          op->getDialect()))
    return "a model is nn, lowp and train ops, constants and casts of codes";
  if (!isa<ModuleOp>(op) && isa<UnknownLoc>(op->getLoc()))
    return "every op says where in the file it comes from";
  return "";
}

static StringRef checkGraph(Operation *op) {
  if (definesType(op, [](Type type) {
        auto shaped = dyn_cast<ShapedType>(type);
        return shaped && !shaped.hasStaticShape();
      }))
    return "shapes are static";
  return "";
}

static StringRef checkTrain(Operation *op) {
  if (isa<train::GradientOp>(op))
    return "gradients are expanded";
  if (isa<train::UpdateOp>(op))
    return "updates are expanded";
  auto saved = dyn_cast<train::SavedOp>(op);
  if (saved && isa<train::NarrowAttr>(saved.getPolicy()))
    return "gradients are stored in their format";
  return checkGraph(op);
}

static StringRef checkSchedule(Operation *op) {
  auto kernel = dyn_cast<plan::KernelOp>(op);
  if (kernel && kernel.getOuts().empty())
    return "every kernel has outs";
  if (isa_and_nonnull<nn::NNDialect, lowp::LowPDialect>(op->getDialect()) &&
      plan::hasCode(op) && !op->getParentOfType<plan::KernelOp>())
    return "every nn and lowp op but views is in a kernel";
  if (isa<train::SavedOp>(op))
    return "saved values are what is held of them";
  if (train::accessesParameter(op))
    return "state and outputs are arguments";
  return checkTrain(op);
}

/// Reports every forward value that the backward pass reads without an edge.
static LogicalResult checkEdges(func::FuncOp function) {
  SmallVector<OpOperand *> reads =
      train::BackwardPass(function).findUnsavedReads();
  for (OpOperand *read : reads) {
    InFlightDiagnostic diag = read->getOwner()->emitOpError(
        "breaks the contract of phase train: the backward pass reads values of "
        "the forward pass through train.saved alone");
    diag.attachNote(read->get().getLoc()) << "reads this value";
  }
  return success(reads.empty());
}

static StringRef checkKernels(Operation *op) {
  if (isa_and_nonnull<nn::NNDialect, lowp::LowPDialect, quant::QuantDialect>(
          op->getDialect()))
    return "every nn and lowp op is lowered";
  if (isa_and_nonnull<linalg::LinalgDialect>(op->getDialect()))
    return "structured ops are loops";
  if (isa<memref::DeallocOp>(op))
    return "nothing is freed";
  if (isa<memref::AllocaOp>(op))
    return "nothing lies on the stack";
  if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
    auto function = dyn_cast<func::FuncOp>(op->getParentOp());
    if (!function || op->getBlock() != &function.getBody().front())
      return "buffers are allocated in the entry block";
    if (!alloc.getType().hasStaticShape())
      return "buffers have static sizes";
  }
  if (definesType(op, [](Type type) {
        return isa<quant::QuantizedType>(getElementTypeOrSelf(type));
      }))
    return "quantized types have become storage types";
  if (definesType(op, llvm::IsaPred<TensorType>))
    return "tensors have become buffers";
  return "";
}

static StringRef checkPlan(Operation *op) {
  if (isa<memref::AllocOp, memref::AllocaOp>(op))
    return "buffers are views of the arena";
  return "";
}

static StringRef checkTarget(Operation *op) {
  if (isa<ModuleOp, train::ParameterOp>(op) ||
      isa_and_nonnull<LLVM::LLVMDialect>(op->getDialect()))
    return "";
  return "only the LLVM dialect and parameters are left";
}

static Rule ruleOf(Phase phase) {
  switch (phase) {
  case Phase::Import:
    return checkImport;
  case Phase::Graph:
  case Phase::Quant:
    return checkGraph;
  case Phase::Train:
    return checkTrain;
  case Phase::Schedule:
    return checkSchedule;
  case Phase::Kernels:
    return checkKernels;
  case Phase::Plan:
    return checkPlan;
  case Phase::Target:
    return checkTarget;
  }
  return nullptr;
}

namespace {
struct VerifyPhase : coppice::impl::VerifyPhaseBase<VerifyPhase> {
  using VerifyPhaseBase::VerifyPhaseBase;

  void runOnOperation() override {
    FailureOr<Phase> which = findPhase(getOperation(), phase);
    if (failed(which))
      return signalPassFailure();
    markAllAnalysesPreserved();
    if (*which == Phase::Train)
      for (auto function : getOperation().getOps<func::FuncOp>())
        if (failed(checkEdges(function)))
          signalPassFailure();
    Rule rule = ruleOf(*which);
    if (!rule)
      return;
    getOperation().walk([&](Operation *op) {
      StringRef reason = rule(op);
      if (reason.empty())
        return;
      op->emitOpError("breaks the contract of phase ")
          << phase << ": " << reason;
      signalPassFailure();
    });
  }
};
} // namespace
