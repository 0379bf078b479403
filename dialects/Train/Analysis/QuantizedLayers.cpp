//===- QuantizedLayers.cpp - Layers on codes --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Analysis/QuantizedLayers.h"

#include "dialects/LowP/IR/LowP.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;
using train::GradientOpInterface;

bool coppice::train::isQuantizedLayer(Operation &op) {
  return isa<GradientOpInterface>(op) &&
         !isa_and_nonnull<lowp::LowPDialect, train::TrainDialect>(
             op.getDialect()) &&
         (llvm::any_of(op.getOperandTypes(), lowp::isQuantizedTensor) ||
          llvm::any_of(op.getResultTypes(), lowp::isQuantizedTensor));
}

/// Whether equal codes of both types stand for equal numbers in the same range.
/// The types may have their scales on different axes.
static bool haveEqualCodes(quant::QuantizedType a, quant::QuantizedType b) {
  lowp::Scales left = lowp::getScales(a), right = lowp::getScales(b);
  return a.getStorageType() == b.getStorageType() &&
         a.isSigned() == b.isSigned() &&
         a.getStorageTypeMin() == b.getStorageTypeMin() &&
         a.getStorageTypeMax() == b.getStorageTypeMax() &&
         left.scales == right.scales && left.zeroPoints == right.zeroPoints;
}

static bool holdsZero(quant::QuantizedType type) {
  return llvm::all_of(lowp::getScales(type).zeroPoints, [&](int64_t zero) {
    return zero >= type.getStorageTypeMin() && zero <= type.getStorageTypeMax();
  });
}

/// Whether each result of the op lies between its operands, or between its
/// operands and 0.
static bool staysInRange(Operation &op, quant::QuantizedType type) {
  if (isa<train::SavedOp>(op))
    return true;
  auto codes = dyn_cast<lowp::CodesOpInterface>(op);
  if (!codes)
    return false;
  switch (codes.getResultRange()) {
  case lowp::ResultRange::open:
    break;
  case lowp::ResultRange::operands:
    return true;
  case lowp::ResultRange::operandsAndZero:
    return holdsZero(type);
  }
  return false;
}

bool coppice::train::mayClamp(Operation &op) {
  if (!isa<GradientOpInterface>(op) || isa<lowp::ClampOp>(op) ||
      op.getNumResults() == 0)
    return false;
  quant::QuantizedType type = lowp::getQuantizedType(op.getResult(0).getType());
  // Codes of 32 bits are accumulators, which do not saturate. If `lowp.clamp`
  // ops are the only users, the range of their results lies within the range of
  // `op`'s, so the masks of the clamps cover the clamp inside `op`.
  if (!type || type.getStorageTypeIntegralWidth() > 16 ||
      llvm::all_of(op.getResult(0).getUsers(), llvm::IsaPred<lowp::ClampOp>))
    return false;
  bool sameCodes = llvm::all_of(op.getOperandTypes(), [&](Type operand) {
    quant::QuantizedType from = lowp::getQuantizedType(operand);
    return from ? haveEqualCodes(from, type)
                : !train::detail::isFloatTensor(operand);
  });
  return !sameCodes || !staysInRange(op, type);
}
