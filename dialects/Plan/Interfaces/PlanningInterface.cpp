//===- PlanningInterface.cpp - Memory of an op's kernel ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Interfaces/PlanningInterface.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

#include "dialects/Plan/Interfaces/PlanningInterface.cpp.inc"

Type coppice::plan::getStoredType(Type type) {
  Type stored = quant::QuantizedType::castToStorageType(type);
  return stored ? stored : type;
}

int64_t coppice::plan::getStoredBytes(Type type) {
  auto shaped = dyn_cast<ShapedType>(getStoredType(type));
  if (!shaped || !shaped.hasStaticShape())
    return 0;
  Type element = shaped.getElementType();
  if (auto integer = dyn_cast<IntegerType>(element))
    element = IntegerType::get(type.getContext(), integer.getWidth());
  if (!element.isIntOrIndexOrFloat())
    return 0;
  return shaped.getNumElements() *
         static_cast<int64_t>(DataLayout().getTypeSize(element));
}

int64_t coppice::plan::getScratchBytes(PlanningOpInterface op,
                                       const TargetRecord &target,
                                       int64_t resultBytes, TypeRange results) {
  SmallVector<ScratchStage> stages;
  op.getScratch(target, stages);
  int64_t most = 0;
  for (const ScratchStage &stage : stages) {
    int64_t bytes = stage.withResults ? 0 : -resultBytes;
    for (RankedTensorType type : stage.tensors)
      bytes += getStoredBytes(type);
    if (stage.inResult && !llvm::is_contained(results, stage.inResult))
      bytes += getStoredBytes(stage.inResult);
    most = std::max(most, bytes);
  }
  return most;
}
