//===- Flash.cpp - Data of a module in flash --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Analysis/Flash.h"

#include "dialects/Plan/Analysis/Lifetimes.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

SmallVector<FlashTensor> coppice::plan::collectFlash(ModuleOp module) {
  SmallVector<FlashTensor> tensors;
  for (auto global : module.getOps<memref::GlobalOp>()) {
    if (!global.getConstant())
      continue;
    std::string name = getName(global.getLoc());
    if (name.empty())
      name = global.getSymName().str();
    tensors.push_back({name, getStoredBytes(global.getType()), false});
  }
  for (auto parameter : module.getOps<train::ParameterOp>()) {
    auto value = dyn_cast<DenseElementsAttr>(parameter.getValue());
    if (parameter.getStateOffset() && !(value && value.isSplat()))
      tensors.push_back({parameter.getSymName().str(),
                         getStoredBytes(parameter.getType()), true});
  }
  llvm::sort(tensors, [](const FlashTensor &a, const FlashTensor &b) {
    return std::tie(b.bytes, a.name) < std::tie(a.bytes, b.name);
  });
  return tensors;
}

int64_t coppice::plan::countFlash(ArrayRef<FlashTensor> tensors) {
  int64_t bytes = 0;
  for (const FlashTensor &tensor : tensors)
    bytes += tensor.bytes;
  return bytes;
}
