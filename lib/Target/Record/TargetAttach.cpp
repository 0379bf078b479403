//===- TargetAttach.cpp - Writes a target into the module -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Target.h"
#include "lib/Target/Record/Passes.h"

#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace coppice {
#define GEN_PASS_DEF_TARGETATTACH
#define GEN_PASS_REGISTRATION
#include "lib/Target/Record/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

namespace {
struct TargetAttach : coppice::impl::TargetAttachBase<TargetAttach> {
  using TargetAttachBase::TargetAttachBase;

  void runOnOperation() override {
    std::optional<TargetRecord> record = TargetRecord::find(target);
    if (!record) {
      getOperation().emitError("no target is named '")
          << target.getValue() << "'; targets are "
          << llvm::join(TargetRecord::getNames(), ", ");
      return signalPassFailure();
    }
    record->attach(getOperation());
  }
};
} // namespace

void coppice::registerTargetPasses() { registerTargetRecordPasses(); }
