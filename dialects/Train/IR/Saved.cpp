//===- Saved.cpp - The edge from forward to backward ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/IR/Train.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

//===----------------------------------------------------------------------===//
// Policies
//===----------------------------------------------------------------------===//

RankedTensorType KeepAttr::getSavedType(RankedTensorType type) const {
  return type;
}

RankedTensorType MaskAttr::getSavedType(RankedTensorType type) const {
  if (!train::detail::isRealTensor(type) || !type.hasStaticShape() ||
      type.getRank() == 0)
    return {};
  return RankedTensorType::get({lowp::getMaskBytes(type.getNumElements())},
                               IntegerType::get(getContext(), 8));
}

RankedTensorType NarrowAttr::getSavedType(RankedTensorType type) const {
  bool isHeld = type.getElementType().isF32() && type.hasStaticShape() &&
                type.getRank() > 0;
  return isHeld ? type : RankedTensorType();
}

RankedTensorType RecomputeAttr::getSavedType(RankedTensorType type) const {
  return type;
}

LogicalResult NarrowAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 Type element) {
  if (element.isBF16() || element.isF16() || element.isSignlessInteger(8))
    return success();
  return emitError() << "a value is held as bf16, f16 or i8, not as "
                     << element;
}

//===----------------------------------------------------------------------===//
// The op
//===----------------------------------------------------------------------===//

LogicalResult SavedOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &inferred) {
  auto type = cast<RankedTensorType>(adaptor.getValue().getType());
  RankedTensorType saved = adaptor.getPolicy().getSavedType(type);
  if (!saved)
    return emitOptionalError(loc, "the policy ", adaptor.getPolicy(),
                             " holds no ", type);
  inferred.push_back(saved);
  return success();
}

/// A parameter or a constant can be read at any time, so it needs no edge.
OpFoldResult SavedOp::fold(FoldAdaptor) {
  bool isThere = getValue().getDefiningOp<ReadOp>() ||
                 matchPattern(getValue(), m_Constant());
  if (isThere && getValue().getType() == getType())
    return getValue();
  return {};
}

// A later gradient request may differentiate the backward pass of an earlier
// one.

bool SavedOp::isDifferentiable(unsigned) {
  return getType() == getValue().getType() &&
         train::detail::isRealTensor(getType());
}

void SavedOp::getGradientReads(const llvm::SmallBitVector &,
                               SmallVectorImpl<Value> &) {}

LogicalResult SavedOp::buildGradient(GradientContext &,
                                     ArrayRef<Value> resultGradients,
                                     const llvm::SmallBitVector &,
                                     SmallVectorImpl<Value> &operandGradients) {
  operandGradients.front() = resultGradients.front();
  return success();
}
