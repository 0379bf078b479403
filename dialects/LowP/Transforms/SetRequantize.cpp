//===- SetRequantize.cpp - Chooses the arithmetic on codes ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/Names.h"
#include "dialects/LowP/IR/Requantize.h"
#include "dialects/LowP/Transforms/Passes.h"
#include "mlir/IR/BuiltinOps.h"

namespace coppice::lowp {
#define GEN_PASS_DEF_LOWPSETREQUANTIZE
#include "dialects/LowP/Transforms/Passes.h.inc"

namespace {
struct SetRequantize : impl::LowPSetRequantizeBase<SetRequantize> {
  using LowPSetRequantizeBase::LowPSetRequantizeBase;

  void runOnOperation() override {
    if (!symbolizeRequantize(mode)) {
      getOperation().emitError("no arithmetic on codes is named '")
          << mode.getValue() << "'; use exact or tflite";
      return signalPassFailure();
    }
    getOperation()->setAttr(kRequantizeAttr,
                            mlir::StringAttr::get(&getContext(), mode));
  }
};
} // namespace
} // namespace coppice::lowp
