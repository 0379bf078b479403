//===- NoteIdlePhase.cpp - Remarks that a phase does nothing ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Pipelines/Passes.h"

#include "coppice/Pipelines.h"
#include "dialects/Train/IR/Train.h"

namespace coppice {
#define GEN_PASS_DEF_NOTEIDLEPHASE
#include "lib/Pipelines/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

namespace {
struct NoteIdlePhase : coppice::impl::NoteIdlePhaseBase<NoteIdlePhase> {
  using NoteIdlePhaseBase::NoteIdlePhaseBase;

  void runOnOperation() override {
    FailureOr<Phase> which = findPhase(getOperation(), phase);
    if (failed(which))
      return signalPassFailure();
    markAllAnalysesPreserved();
    if (*which == Phase::Import)
      getOperation().emitRemark("phase import changes nothing: a front end "
                                "builds the module; its contract is checked");
    if (*which == Phase::Train && !hasRequests())
      getOperation().emitRemark("phase train builds no step: nothing in the "
                                "module asks for gradients; add step=true or "
                                "gradients=true");
  }

private:
  /// Whether the module has requests, which the phase expands even if it builds
  /// no function.
  bool hasRequests() {
    return getOperation()
        .walk([](Operation *op) {
          return train::isRequest(op) ? WalkResult::interrupt()
                                      : WalkResult::advance();
        })
        .wasInterrupted();
  }
};
} // namespace
