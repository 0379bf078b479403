//===- Elementwise.cpp - Shape inference and folds of elementwise ops -*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace coppice::nn;

std::optional<SmallVector<int64_t>>
coppice::nn::broadcastShapes(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs) {
  if (lhs.size() < rhs.size())
    std::swap(lhs, rhs);
  SmallVector<int64_t> shape(lhs);
  size_t lead = lhs.size() - rhs.size();
  for (auto [i, extent] : llvm::enumerate(rhs)) {
    int64_t &out = shape[lead + i];
    if (out == extent || extent == 1)
      continue;
    if (out == 1)
      out = extent;
    else
      return std::nullopt;
  }
  return shape;
}

/// Infers the result of broadcasting all operands, with element type `element`.
static LogicalResult inferBroadcast(std::optional<Location> loc,
                                    TypeRange operands, Type element,
                                    SmallVectorImpl<Type> &result) {
  SmallVector<int64_t> shape;
  for (Type type : operands) {
    auto shaped = cast<RankedTensorType>(type);
    std::optional<SmallVector<int64_t>> joined =
        broadcastShapes(shape, shaped.getShape());
    if (!joined)
      return emitOptionalError(
          loc, "operand shapes do not broadcast: ", operands[0], " and ", type);
    shape = *joined;
  }
  result.push_back(RankedTensorType::get(shape, element));
  return success();
}

LogicalResult
coppice::nn::detail::inferElementwise(std::optional<Location> loc,
                                      TypeRange operands,
                                      SmallVectorImpl<Type> &result) {
  Type element = getElementTypeOrSelf(operands[0]);
  for (Type type : operands)
    if (!haveOneFormat({operands[0], type}))
      return emitOptionalError(
          loc, "operand element types differ: ", operands[0], " and ", type);
  return inferBroadcast(loc, operands, element, result);
}

// Generated: inferReturnTypes, buildScalar and the gradient of each
// NN_ElementwiseOp.
#include "dialects/NN/IR/NNElementwise.cpp.inc"

//===----------------------------------------------------------------------===//
// Comparison, selection, conversion
//===----------------------------------------------------------------------===//

LogicalResult CompareOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &result) {
  Type lhs = getElementTypeOrSelf(adaptor.getLhs());
  Type rhs = getElementTypeOrSelf(adaptor.getRhs());
  if (lhs != rhs)
    return emitOptionalError(loc, "operand element types differ: ", lhs,
                             " and ", rhs);
  return inferBroadcast(loc, adaptor.getOperands().getTypes(),
                        IntegerType::get(context, 1), result);
}

Value CompareOp::buildScalar(OpBuilder &builder, Location loc,
                             ValueRange operands) {
  ScalarExpr e(builder, loc, operands[0].getType(),
               detail::isUnsigned(getLhs().getType()));
  Value x = operands[0], y = operands[1];
  switch (getPredicate()) {
  case Comparison::lt:
    return e.lt(x, y);
  case Comparison::le:
    return e.le(x, y);
  case Comparison::gt:
    return e.gt(x, y);
  case Comparison::ge:
    return e.ge(x, y);
  case Comparison::eq:
    return e.eq(x, y);
  case Comparison::ne:
    return e.ne(x, y);
  }
  return {};
}

LogicalResult WhereOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &result) {
  if (!getElementTypeOrSelf(adaptor.getCondition()).isInteger(1))
    return emitOptionalError(loc, "the condition must be a tensor of i1, not ",
                             adaptor.getCondition().getType());
  Type lhs = adaptor.getLhs().getType(), rhs = adaptor.getRhs().getType();
  if (!detail::haveOneFormat({lhs, rhs}))
    return emitOptionalError(
        loc, "operand element types differ: ", getElementTypeOrSelf(lhs),
        " and ", getElementTypeOrSelf(rhs));
  return inferBroadcast(loc, adaptor.getOperands().getTypes(),
                        getElementTypeOrSelf(lhs), result);
}

Value WhereOp::buildScalar(OpBuilder &builder, Location loc,
                           ValueRange operands) {
  return arith::SelectOp::create(builder, loc, operands[0], operands[1],
                                 operands[2]);
}

LogicalResult CastOp::verify() {
  if (getInput().getType().getShape() != getResult().getType().getShape())
    return emitOpError("cannot change the shape: ")
           << getInput().getType() << " to " << getResult().getType();
  return success();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getResult().getType())
    return getInput();
  return {};
}

/// Converts a float to an integer: truncates toward zero and saturates; NaN
/// gives 0.
static Value floatToInt(OpBuilder &b, Location loc, Value x, Type to,
                        bool isUnsigned) {
  auto from = cast<FloatType>(x.getType());
  unsigned width = to.getIntOrFloatBitWidth();
  APInt low =
      isUnsigned ? APInt::getMinValue(width) : APInt::getSignedMinValue(width);
  APInt high =
      isUnsigned ? APInt::getMaxValue(width) : APInt::getSignedMaxValue(width);
  // 2^n as a float is exact where n is within the exponent's range, so the
  // comparison with high + 1 has no rounding.
  APFloat bound(from.getFloatSemantics());
  bound.convertFromAPInt(high, !isUnsigned, APFloat::rmTowardNegative);
  APFloat floor(from.getFloatSemantics());
  floor.convertFromAPInt(low, !isUnsigned, APFloat::rmTowardZero);
  auto constant = [&](TypedAttr value) -> Value {
    return arith::ConstantOp::create(b, loc, value);
  };
  Value boundValue = constant(FloatAttr::get(from, bound));
  Value floorValue = constant(FloatAttr::get(from, floor));
  Value clamped = arith::MaximumFOp::create(
      b, loc, arith::MinimumFOp::create(b, loc, x, boundValue), floorValue);
  Value isNan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x);
  Value zero = constant(FloatAttr::get(from, 0.0));
  Value safe = arith::SelectOp::create(b, loc, isNan, zero, clamped);
  Value converted = isUnsigned
                        ? arith::FPToUIOp::create(b, loc, to, safe).getResult()
                        : arith::FPToSIOp::create(b, loc, to, safe).getResult();
  // `bound` may lie below `high` (f32 has no 2^31 - 1), so saturate by a
  // comparison.
  Value over =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, x, boundValue);
  converted = arith::SelectOp::create(
      b, loc, over, constant(IntegerAttr::get(to, high)), converted);
  // The same holds for `low`: f16 has no -2^31, only its infinity is less than
  // `floor`.
  Value under =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, floorValue);
  return arith::SelectOp::create(
      b, loc, under, constant(IntegerAttr::get(to, low)), converted);
}

/// Returns the difference in bits of two floats; 0 for other types.
static int64_t compareWidths(Type from, Type to) {
  auto a = dyn_cast<FloatType>(getElementTypeOrSelf(from));
  auto b = dyn_cast<FloatType>(getElementTypeOrSelf(to));
  return a && b ? int64_t(b.getWidth()) - int64_t(a.getWidth()) : 0;
}

bool CastOp::widensFloats() {
  return compareWidths(getInput().getType(), getType()) > 0;
}

bool MulOp::isComputedByReaders() {
  auto widening = getLhs().getDefiningOp<coppice::plan::PlanningOpInterface>();
  auto factors = cast<ShapedType>(getRhs().getType());
  return widening && widening.isComputedByReaders() &&
         getLhs().getType() == getType() &&
         factors.getNumElements() < getType().getNumElements() &&
         matchPattern(getRhs(), m_Constant());
}

bool CastOp::narrowsFloats() {
  return compareWidths(getInput().getType(), getType()) < 0;
}

Value CastOp::buildScalar(OpBuilder &b, Location loc, ValueRange operands) {
  Value x = operands[0];
  Type from = x.getType();
  Type to = getElementTypeOrSelf(getResult().getType());
  bool fromUnsigned = detail::isUnsigned(getInput().getType());
  bool toUnsigned = to.isUnsignedInteger();
  if (auto integer = dyn_cast<IntegerType>(to))
    to = IntegerType::get(b.getContext(), integer.getWidth());
  if (from == to)
    return x;
  auto fromFloat = dyn_cast<FloatType>(from), toFloat = dyn_cast<FloatType>(to);
  if (to.isInteger(1)) {
    ScalarExpr e(b, loc, from, fromUnsigned);
    return e.ne(x, e.constant(0));
  }
  if (fromFloat && toFloat) {
    if (fromFloat.getWidth() == toFloat.getWidth()) {
      x = arith::ExtFOp::create(b, loc, b.getF32Type(), x);
      return arith::TruncFOp::create(b, loc, to, x);
    }
    if (fromFloat.getWidth() < toFloat.getWidth())
      return arith::ExtFOp::create(b, loc, to, x);
    return arith::TruncFOp::create(b, loc, to, x);
  }
  if (fromFloat)
    return floatToInt(b, loc, x, to, toUnsigned);
  if (toFloat)
    return fromUnsigned ? arith::UIToFPOp::create(b, loc, to, x).getResult()
                        : arith::SIToFPOp::create(b, loc, to, x).getResult();
  if (from.getIntOrFloatBitWidth() > to.getIntOrFloatBitWidth())
    return arith::TruncIOp::create(b, loc, to, x);
  return fromUnsigned ? arith::ExtUIOp::create(b, loc, to, x).getResult()
                      : arith::ExtSIOp::create(b, loc, to, x).getResult();
}

//===----------------------------------------------------------------------===//
// Folds
//===----------------------------------------------------------------------===//

/// Whether `attribute` is a splat of `value`, of floats or of integers.
static bool isSplatOf(Attribute attribute, double value) {
  auto splat = dyn_cast_or_null<SplatElementsAttr>(attribute);
  if (!splat)
    return false;
  if (isa<FloatType>(splat.getElementType()))
    return splat.getSplatValue<APFloat>().convertToDouble() == value;
  if (isa<IntegerType>(splat.getElementType()))
    return splat.getSplatValue<APInt>() == static_cast<uint64_t>(value);
  return false;
}

// A fold must keep the result's type, so a broadcasting operand stays. x + 0
// changes -0.0 into 0.0 in IEEE arithmetic; that is the only difference.
OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 0) && getLhs().getType() == getType())
    return getLhs();
  if (isSplatOf(adaptor.getLhs(), 0) && getRhs().getType() == getType())
    return getRhs();
  return {};
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 0) && getLhs().getType() == getType())
    return getLhs();
  return {};
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 1) && getLhs().getType() == getType())
    return getLhs();
  if (isSplatOf(adaptor.getLhs(), 1) && getRhs().getType() == getType())
    return getRhs();
  return {};
}

OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  if (isSplatOf(adaptor.getRhs(), 1) && getLhs().getType() == getType())
    return getLhs();
  return {};
}
