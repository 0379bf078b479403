//===- Reserve.cpp - The memory that a caller provides ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Analysis/Reserve.h"

#include "coppice/Planning/Arena.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

int64_t coppice::plan::getReservedArena(func::FuncOp function,
                                        int64_t planned) {
  auto isOutput = [](func::FuncOp f, unsigned i) {
    return bool(f.getArgAttr(i, "train.output"));
  };
  auto numInputs = [&](func::FuncOp f) {
    unsigned count = 0;
    for (unsigned i = 0, e = f.getNumArguments(); i < e; ++i)
      count += !isOutput(f, i);
    return count;
  };
  SmallVector<int64_t> outputs;
  auto infer =
      function->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>("infer");
  // A step has more inputs than @infer.
  if (infer && numInputs(function) > numInputs(infer)) {
    for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
      if (auto type = dyn_cast<MemRefType>(function.getArgumentTypes()[i]);
          type && isOutput(function, i))
        outputs.push_back(getStoredBytes(type));
    if (!outputs.empty())
      outputs.erase(outputs.begin());
  }
  return planning::getReservedBytes(planning::getArenaBytes(planned, outputs));
}

Reserve coppice::plan::getReserve(func::FuncOp function) {
  Reserve reserve;
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
    if (auto type = dyn_cast<MemRefType>(function.getArgumentTypes()[i]);
        type && function.getArgAttr(i, kStateAttr))
      reserve.state = type.getNumElements();
  if (auto arena = function->getAttrOfType<IntegerAttr>(kArenaBytesAttr))
    reserve.arena = getReservedArena(function, arena.getInt());
  return reserve;
}

Reserve coppice::plan::getLargestReserve(ModuleOp module) {
  Reserve largest;
  for (auto function : module.getOps<func::FuncOp>())
    if (function->hasAttr(kArenaBytesAttr))
      if (Reserve reserve = getReserve(function);
          reserve.total() > largest.total())
        largest = reserve;
  return largest;
}
