//===- Reserve.cpp - The memory that a caller provides ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Analysis/Reserve.h"

#include "coppice/Planning/Arena.h"
#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

int64_t coppice::plan::getReservedArena(func::FuncOp function,
                                        int64_t planned) {
  EntryPoint entry(function);
  SmallVector<int64_t> outputs;
  if (entry.getKind() != EntryKind::Inference)
    for (const EntryValue &output : entry.getOutputs())
      if (output.role != EntryRole::loss && isa<MemRefType>(output.type))
        outputs.push_back(getStoredBytes(output.type));
  return planning::getReservedBytes(planning::getArenaBytes(planned, outputs));
}

Reserve coppice::plan::getReserve(func::FuncOp function) {
  Reserve reserve;
  if (std::optional<EntryValue> state =
          EntryPoint(function).findArgument(EntryRole::state))
    reserve.state = getStoredBytes(state->type);
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
