//===- Requantize.cpp - How sums become codes -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/IR/Requantize.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace coppice::lowp;

std::optional<Requantize> coppice::lowp::symbolizeRequantize(StringRef name) {
  return llvm::StringSwitch<std::optional<Requantize>>(name)
      .Case("exact", Requantize::Exact)
      .Case("tflite", Requantize::TFLite)
      .Default(std::nullopt);
}

Requantize coppice::lowp::getRequantize(Operation *op) {
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<ModuleOp>();
  auto mode = module ? module->getAttrOfType<StringAttr>(kRequantizeAttr)
                     : StringAttr();
  return mode ? symbolizeRequantize(mode.getValue()).value_or(Requantize::Exact)
              : Requantize::Exact;
}
