//===- RealLayer.cpp - Gradients of layers on codes -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/RealLayer.h"

#include "dialects/LowP/IR/LowP.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

RealLayer::RealLayer(OpBuilder &builder, Location loc,
                     GradientOpInterface layer) {
  IRMapping mapping;
  for (Value operand : layer->getOperands()) {
    if (mapping.contains(operand) ||
        !lowp::isQuantizedTensor(operand.getType()))
      continue;
    auto value = lowp::DequantizeOp::create(
        builder, loc, lowp::getRealTensor(operand.getType()), operand);
    mapping.map(operand, value.getResult());
    operands.push_back(value);
  }
  Operation *copy = builder.clone(*layer, mapping);
  copy->setLoc(loc);
  for (Value result : copy->getResults())
    result.setType(lowp::getRealTensor(result.getType()));
  real = cast<GradientOpInterface>(copy);
}

bool RealLayer::owns(Value value) const {
  Operation *def = value.getDefiningOp();
  return def && (def == real || llvm::is_contained(operands, def));
}

void RealLayer::finish(llvm::function_ref<Value(Value)> read) {
  auto readOperands = [&](Operation *op) {
    for (OpOperand &operand : op->getOpOperands())
      if (!owns(operand.get()))
        operand.set(read(operand.get()));
  };
  if (real->use_empty())
    real->erase();
  else
    readOperands(real);
  for (Operation *operand : operands)
    if (operand->use_empty())
      operand->erase();
    else
      readOperands(operand);
}
