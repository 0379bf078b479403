//===- LinalgBuilder.cpp - Builders of linalg on static tensors -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/LinalgBuilder.h"

#include "dialects/NN/IR/Geometry.h"
#include "lib/Support/Reshape.h"

using namespace mlir;
using namespace coppice;

ArrayRef<int64_t> LinalgBuilder::shapeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getShape();
}

Type LinalgBuilder::elementOf(Value tensor) {
  return getElementTypeOrSelf(tensor.getType());
}

Type LinalgBuilder::accumulatorOf(Type element) {
  return nn::getAccumulatorType(element);
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

Value LinalgBuilder::indexConstant(int64_t value) {
  return arith::ConstantIndexOp::create(*this, getLoc(), value);
}

Value LinalgBuilder::scalar(Type element, double value) {
  return nn::createSplat(*this, getLoc(), element, value);
}

static Value extreme(LinalgBuilder &b, Type element, bool isUnsigned,
                     bool low) {
  TypedAttr value;
  if (auto type = dyn_cast<FloatType>(element)) {
    value = FloatAttr::get(type, APFloat::getInf(type.getFloatSemantics(),
                                                 /*Negative=*/low));
  } else {
    unsigned width = element.getIntOrFloatBitWidth();
    APInt bits = isUnsigned ? (low ? APInt::getMinValue(width)
                                   : APInt::getMaxValue(width))
                            : (low ? APInt::getSignedMinValue(width)
                                   : APInt::getSignedMaxValue(width));
    value = IntegerAttr::get(element, bits);
  }
  return arith::ConstantOp::create(b, value);
}

Value LinalgBuilder::lowest(Type element, bool isUnsigned) {
  return extreme(*this, element, isUnsigned, /*low=*/true);
}
Value LinalgBuilder::highest(Type element, bool isUnsigned) {
  return extreme(*this, element, isUnsigned, /*low=*/false);
}

Value LinalgBuilder::table(ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())},
                                    getI64Type());
  return arith::ConstantOp::create(*this,
                                   DenseIntElementsAttr::get(type, values));
}

Value LinalgBuilder::table(ArrayRef<int64_t> shape, ArrayRef<double> values,
                           Type element) {
  SmallVector<Attribute> attributes;
  for (double value : values)
    attributes.push_back(FloatAttr::get(element, value));
  return arith::ConstantOp::create(
      *this, DenseElementsAttr::get(RankedTensorType::get(shape, element),
                                    attributes));
}

Value LinalgBuilder::empty(ArrayRef<int64_t> shape, Type element) {
  return tensor::EmptyOp::create(*this, shape, element);
}

Value LinalgBuilder::filled(ArrayRef<int64_t> shape, Value value) {
  return linalg::FillOp::create(*this, value, empty(shape, value.getType()))
      .getResult(0);
}

Value LinalgBuilder::zeros(ArrayRef<int64_t> shape, Type element) {
  return filled(shape, scalar(element, 0));
}

//===----------------------------------------------------------------------===//
// Generics
//===----------------------------------------------------------------------===//

Value LinalgBuilder::generic(ValueRange inputs, Value init,
                             ArrayRef<AffineMap> maps,
                             ArrayRef<Iterator> iterators, Body body) {
  // A sum over no elements is what it starts from.
  bool isEmpty = llvm::any_of(inputs, [](Value input) {
    auto type = dyn_cast<RankedTensorType>(input.getType());
    return type && type.getNumElements() == 0;
  });
  if (isEmpty && llvm::is_contained(iterators, Iterator::reduction))
    return init;
  return linalg::GenericOp::create(
             *this, init.getType(), inputs, init, maps, iterators,
             [&](OpBuilder &b, Location loc, ValueRange args) {
               linalg::YieldOp::create(b, loc, body(b, loc, args));
             })
      .getResult(0);
}

Value LinalgBuilder::parallel(ArrayRef<int64_t> shape, Type element,
                              ValueRange inputs, ArrayRef<AffineMap> maps,
                              Body body) {
  SmallVector<AffineMap> all(maps);
  all.push_back(getMultiDimIdentityMap(shape.size()));
  SmallVector<Iterator> iterators(shape.size(), Iterator::parallel);
  return generic(inputs, empty(shape, element), all, iterators, body);
}

AffineMap coppice::broadcastMap(LinalgBuilder &b, ArrayRef<int64_t> from,
                                ArrayRef<int64_t> to) {
  SmallVector<AffineExpr> results;
  size_t lead = to.size() - from.size();
  for (auto [i, extent] : llvm::enumerate(from)) {
    if (extent == 1 && to[lead + i] != 1)
      results.push_back(b.getAffineConstantExpr(0));
    else
      results.push_back(b.dim(lead + i));
  }
  return b.map(to.size(), results);
}

Value LinalgBuilder::pointwise(ArrayRef<int64_t> shape, Type element,
                               ValueRange inputs, Body body) {
  SmallVector<AffineMap> maps;
  for (Value input : inputs)
    maps.push_back(broadcastMap(*this, shapeOf(input), shape));
  return parallel(shape, element, inputs, maps, body);
}

Value LinalgBuilder::reduce(Value input, ArrayRef<int64_t> axes, Value init,
                            Body body, bool keepdims) {
  ArrayRef<int64_t> shape = shapeOf(input);
  SmallVector<Iterator> iterators(shape.size(), Iterator::parallel);
  for (int64_t axis : axes)
    iterators[axis] = Iterator::reduction;
  SmallVector<AffineExpr> all, kept;
  SmallVector<int64_t> result;
  unsigned dims = shape.size();
  for (auto [i, extent] : llvm::enumerate(shape)) {
    all.push_back(dim(i));
    if (iterators[i] == Iterator::parallel) {
      kept.push_back(dim(i));
      result.push_back(extent);
    } else if (keepdims) {
      kept.push_back(dim(dims++));
      result.push_back(1);
    }
  }
  iterators.resize(dims, Iterator::parallel);
  AffineMap maps[] = {map(dims, all), map(dims, kept)};
  return generic(input, filled(result, init), maps, iterators, body);
}

/// Converts a scalar between floats or between integers.
static Value convertScalar(OpBuilder &b, Location loc, Value x, Type to) {
  Type from = x.getType();
  if (from == to)
    return x;
  bool wider = from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth();
  if (isa<FloatType>(to))
    return wider ? arith::ExtFOp::create(b, loc, to, x).getResult()
                 : arith::TruncFOp::create(b, loc, to, x).getResult();
  return wider ? arith::ExtSIOp::create(b, loc, to, x).getResult()
               : arith::TruncIOp::create(b, loc, to, x).getResult();
}

Value LinalgBuilder::sum(Value input, ArrayRef<int64_t> axes, bool keepdims) {
  Type type = accumulatorOf(elementOf(input));
  // Allow any order of a sum, so that it can be vectorised.
  auto flags = arith::FastMathFlags::contract | arith::FastMathFlags::reassoc;
  return reduce(
      input, axes, scalar(type, 0),
      [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
        Value x = convertScalar(b, loc, args[0], type);
        if (isa<FloatType>(type))
          return arith::AddFOp::create(b, loc, args[1], x, flags);
        return arith::AddIOp::create(b, loc, args[1], x);
      },
      keepdims);
}

/// Returns a code minus its zero point, in i32.
static Value centre(OpBuilder &b, Location loc, Value code,
                    const CodeOperand &format) {
  Type i32 = b.getI32Type();
  code = format.isUnsigned
             ? arith::ExtUIOp::create(b, loc, i32, code).getResult()
             : arith::ExtSIOp::create(b, loc, i32, code).getResult();
  if (format.zeroPoint == 0)
    return code;
  return arith::SubIOp::create(
      b, loc, code, arith::ConstantIntOp::create(b, loc, format.zeroPoint, 32));
}

Value LinalgBuilder::contract(Value lhs, AffineMap lhsMap, Value rhs,
                              AffineMap rhsMap, ArrayRef<int64_t> shape,
                              AffineMap outMap, ArrayRef<Iterator> iterators,
                              const CodeProduct *codes) {
  CodeProduct formats = codes ? *codes : CodeProduct();
  bool isInteger = formats.lhs && formats.rhs;
  Type element = isInteger ? getI32Type() : elementOf(formats.lhs ? rhs : lhs);
  Type type = accumulatorOf(element);
  auto factor = [&](OpBuilder &b, Location loc, Value scalar,
                    const std::optional<CodeOperand> &format) -> Value {
    if (!format)
      return convertScalar(b, loc, scalar, type);
    Value code = centre(b, loc, scalar, *format);
    if (isInteger)
      return code;
    return arith::SIToFPOp::create(b, loc, type, code);
  };
  AffineMap maps[] = {lhsMap, rhsMap, outMap};
  Value result = generic(
      ValueRange{lhs, rhs}, zeros(shape, type), maps, iterators,
      [&](OpBuilder &b, Location loc, ValueRange args) {
        nn::ScalarExpr e(b, loc, type, /*isUnsigned=*/false);
        return e.add(args[2], e.mul(factor(b, loc, args[0], formats.lhs),
                                    factor(b, loc, args[1], formats.rhs)));
      });
  return convert(result, element);
}

Value LinalgBuilder::convert(Value tensor, Type element) {
  if (elementOf(tensor) == element)
    return tensor;
  return pointwise(shapeOf(tensor), element, tensor,
                   [&](OpBuilder &b, Location loc, ValueRange args) {
                     return convertScalar(b, loc, args[0], element);
                   });
}

//===----------------------------------------------------------------------===//
// Moving elements
//===----------------------------------------------------------------------===//

Value LinalgBuilder::reshape(Value tensor, ArrayRef<int64_t> shape) {
  for (const ReshapeStep &step : getReshapeSteps(shapeOf(tensor), shape)) {
    auto type = RankedTensorType::get(step.shape, elementOf(tensor));
    if (step.isCollapse)
      tensor =
          tensor::CollapseShapeOp::create(*this, type, tensor, step.groups);
    else
      tensor = tensor::ExpandShapeOp::create(*this, type, tensor, step.groups);
  }
  return tensor;
}

static SmallVector<OpFoldResult> attributes(OpBuilder &b,
                                            ArrayRef<int64_t> values) {
  return getAsIndexOpFoldResult(b.getContext(), values);
}

Value LinalgBuilder::extractSlice(Value tensor, ArrayRef<int64_t> starts,
                                  ArrayRef<int64_t> sizes,
                                  ArrayRef<int64_t> strides) {
  if (shapeOf(tensor) == sizes &&
      llvm::all_of(starts, [](int64_t v) { return v == 0; }))
    return tensor;
  return tensor::ExtractSliceOp::create(
      *this, tensor, attributes(*this, starts), attributes(*this, sizes),
      attributes(*this, strides));
}

Value LinalgBuilder::insertSlice(Value source, Value into,
                                 ArrayRef<int64_t> starts,
                                 ArrayRef<int64_t> strides) {
  return tensor::InsertSliceOp::create(
      *this, source, into, attributes(*this, starts),
      attributes(*this, shapeOf(source)), attributes(*this, strides));
}

Value LinalgBuilder::loops(
    ArrayRef<int64_t> extents, Value init,
    function_ref<Value(ValueRange indices, Value)> body) {
  Value zero = indexConstant(0), one = indexConstant(1);
  SmallVector<Value> bounds;
  for (int64_t extent : extents)
    bounds.push_back(indexConstant(extent));
  InsertionGuard guard(*this);
  SmallVector<scf::ForOp> nest;
  SmallVector<Value> indices;
  Value carried = init;
  for (Value bound : bounds) {
    auto loop = scf::ForOp::create(*this, zero, bound, one, carried);
    nest.push_back(loop);
    indices.push_back(loop.getInductionVar());
    carried = loop.getRegionIterArg(0);
    setInsertionPointToStart(loop.getBody());
  }
  Value result = body(indices, carried);
  for (scf::ForOp loop : llvm::reverse(nest)) {
    setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(*this, result);
    result = loop.getResult(0);
  }
  return result;
}
