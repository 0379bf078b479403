//===- VerifyPhase.cpp - Checks what a phase promises -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Pipelines/Passes.h"

#include "coppice/Pipelines.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace coppice {
#define GEN_PASS_DEF_VERIFYPHASE
#include "lib/Pipelines/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

/// Why `op` must not be there after the phase; empty where it may.
using Rule = StringRef (*)(Operation *);

static StringRef checkGraph(Operation *op) {
  for (Type type : op->getResultTypes())
    if (auto shaped = dyn_cast<ShapedType>(type))
      if (!shaped.hasStaticShape())
        return "shapes are static";
  return "";
}

static StringRef checkTrain(Operation *op) {
  if (isa<train::GradientOp>(op))
    return "gradients are expanded";
  if (isa<train::UpdateOp>(op))
    return "updates are expanded";
  return "";
}

static StringRef checkKernels(Operation *op) {
  if (isa_and_nonnull<nn::NNDialect>(op->getDialect()))
    return "every nn op is lowered";
  if (isa<memref::DeallocOp>(op))
    return "nothing is freed";
  if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
    if (!isa<func::FuncOp>(op->getParentOp()))
      return "buffers are allocated in the entry block";
    if (!alloc.getType().hasStaticShape())
      return "buffers have static sizes";
  }
  for (Type type : op->getResultTypes())
    if (isa<TensorType>(type))
      return "tensors have become buffers";
  return "";
}

static StringRef checkPlan(Operation *op) {
  if (isa<memref::AllocOp>(op))
    return "buffers are views of the arena";
  return "";
}

static Rule ruleOf(Phase phase) {
  switch (phase) {
  case Phase::Graph:
  case Phase::Quant:
    return checkGraph;
  case Phase::Train:
  case Phase::Schedule:
    return checkTrain;
  case Phase::Kernels:
    return checkKernels;
  case Phase::Plan:
    return checkPlan;
  case Phase::Import:
  case Phase::Target:
    break;
  }
  return nullptr;
}

namespace {
struct VerifyPhase : coppice::impl::VerifyPhaseBase<VerifyPhase> {
  using VerifyPhaseBase::VerifyPhaseBase;

  void runOnOperation() override {
    std::optional<Phase> which = symbolizePhase(phase);
    if (!which) {
      getOperation().emitError("no phase is named '") << phase << "'";
      return signalPassFailure();
    }
    markAllAnalysesPreserved();
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
