//===- CodeFactor.cpp - Codes as a factor of floats -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/CodeFactor.h"

#include "dialects/NN/IR/NN.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

namespace {
/// The place of the scales along an axis of an operand.
struct Place {
  bool other;
  int64_t axis;
};
} // namespace

static std::optional<Place> placeOf(MatMulOp op, unsigned operand,
                                    int64_t axis) {
  Value codes = op->getOperand(operand), other = op->getOperand(1 - operand);
  // A leading axis of extent 1 broadcasts.
  if (operand > 1 || cast<ShapedType>(codes.getType()).getRank() != 2)
    return std::nullopt;
  bool isRhs = operand == 1;
  bool transposed = isRhs ? op.getTransposeRhs() : op.getTransposeLhs();
  bool otherTransposed = isRhs ? op.getTransposeLhs() : op.getTransposeRhs();
  int64_t summed = isRhs == transposed ? 1 : 0;
  int64_t rank = cast<ShapedType>(other.getType()).getRank();
  if (axis == summed)
    return Place{true, isRhs == otherTransposed ? rank - 2 : rank - 1};
  rank = op.getType().getRank();
  return Place{false, isRhs ? rank - 1 : rank - 2};
}

static std::optional<Place> placeOf(Operation *op, unsigned operand,
                                    int64_t axis) {
  return llvm::TypeSwitch<Operation *, std::optional<Place>>(op)
      .Case([&](Conv2DInputGradOp grad) -> std::optional<Place> {
        // The sum runs over output channels, the last axis of dy.
        if (operand == 1 && axis == 3)
          return Place{true, 3};
        if (operand == 1 && axis == 2 && grad.getGroups() == 1)
          return Place{false, 3};
        return std::nullopt;
      })
      .Case([&](Conv2DWeightGradOp grad) -> std::optional<Place> {
        if (operand == 0 && axis == 3 && grad.getGroups() == 1)
          return Place{false, 2};
        return std::nullopt;
      })
      .Case([&](MatMulOp matmul) { return placeOf(matmul, operand, axis); })
      .Default(std::nullopt);
}

std::optional<CodeFactor>
coppice::nn::getCodeFactor(Operation *op, unsigned operand,
                           quant::QuantizedType type) {
  auto matmul = dyn_cast<MatMulOp>(op);
  // A float bias is added to real values, so the factors cannot be codes.
  bool canBeCodes = matmul ? operand <= 1 && !matmul.getBias()
                    : isa<Conv2DInputGradOp>(op)
                        ? operand == 1
                        : isa<Conv2DWeightGradOp>(op) && operand == 0;
  lowp::Scales scales = lowp::getScales(type);
  if (!canBeCodes || type.getStorageTypeIntegralWidth() > 16 ||
      !llvm::all_equal(scales.zeroPoints))
    return std::nullopt;
  CodeFactor factor{operand,       scales.zeroPoints.front(), !type.isSigned(),
                    scales.scales, /*scalesOther=*/false,     /*axis=*/-1};
  if (scales.axis < 0)
    return factor;
  std::optional<Place> place = placeOf(op, operand, scales.axis);
  if (!place)
    return std::nullopt;
  factor.scalesOther = place->other;
  factor.axis = place->axis;
  return factor;
}
