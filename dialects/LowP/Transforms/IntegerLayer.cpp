//===- IntegerLayer.cpp - Which ops have an integer form --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/Transforms/IntegerLayer.h"

#include "dialects/NN/IR/NN.h"

using namespace mlir;
using namespace coppice;

static bool isFloatTensor(Type type) {
  return train::detail::isFloatTensor(type);
}

/// Whether the op has a meaning on codes that the lowering knows.
static bool hasIntegerForm(Operation *op) {
  if (auto reduce = dyn_cast<nn::ReduceOp>(op))
    return reduce.getKind() != nn::ReductionKind::prod;
  return isa<nn::Conv2DOp, nn::MatMulOp, nn::AvgPool2DOp, nn::MaxPool2DOp,
             nn::ConcatOp, nn::ResizeOp, nn::SoftmaxOp, nn::LogSoftmaxOp,
             nn::ReshapeOp, nn::TransposeOp, nn::SliceOp, nn::PadOp,
             nn::ElementwiseOpInterface>(op);
}

static quant::QuantizedType getCodes(Value value) {
  auto dequantize = value.getDefiningOp<lowp::DequantizeOp>();
  return dequantize ? lowp::getQuantizedType(dequantize.getInput().getType())
                    : quant::QuantizedType();
}

static bool isPerAxis(quant::QuantizedType type) {
  return isa<quant::UniformQuantizedPerAxisType>(type);
}

/// Scales along an axis belong to weights: they must follow the output
/// channels, so that each sum has one scale.
static std::string checkScales(Operation *op) {
  int64_t allowedOperand = -1, allowedAxis = -1;
  if (auto conv = dyn_cast<nn::Conv2DOp>(op)) {
    allowedOperand = 1;
    allowedAxis = 3;
  } else if (auto matmul = dyn_cast<nn::MatMulOp>(op)) {
    allowedOperand = 1;
    allowedAxis = matmul.getRhs().getType().getRank() -
                  (matmul.getTransposeRhs() ? 2 : 1);
  }
  for (OpOperand &operand : op->getOpOperands()) {
    quant::QuantizedType type = getCodes(operand.get());
    if (!type || !isPerAxis(type))
      continue;
    unsigned number = operand.getOperandNumber();
    if (isa<nn::Conv2DOp>(op) && number == 2)
      continue; // one scale per output channel, as the weight
    // Elementwise ops read each element with its own scale.
    if (isa<nn::ElementwiseOpInterface>(op))
      continue;
    if (int64_t(number) != allowedOperand ||
        lowp::getScales(type).axis != allowedAxis)
      return "operand " + std::to_string(number) +
             " has one scale per index of axis " +
             std::to_string(lowp::getScales(type).axis) +
             ", which is not that of the output channels";
  }
  return {};
}

std::string lowp::whyNotInteger(Operation *op) {
  if (!hasIntegerForm(op))
    return "the op has no integer form";
  for (OpOperand &operand : op->getOpOperands())
    if (isFloatTensor(operand.get().getType()) && !getCodes(operand.get()))
      return "operand " + std::to_string(operand.getOperandNumber()) +
             " is not quantized";
  return checkScales(op);
}
