//===- Expr.cpp - Builders of scalar functions and gradients ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Expr.h"

#include "dialects/NN/IR/NN.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace coppice::nn;

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

/// A multiply and an add may be contracted, everywhere and on every target.
static constexpr auto contract = arith::FastMathFlags::contract;

Value ScalarExpr::constant(double value) {
  return createSplat(b, loc, element, value);
}

#define FLOAT_OR_INT(NAME, FLOAT, INT)                                         \
  Value ScalarExpr::NAME(Value x, Value y) {                                   \
    if (isFloat())                                                             \
      return arith::FLOAT::create(b, loc, x, y, contract);                     \
    return arith::INT::create(b, loc, x, y);                                   \
  }
FLOAT_OR_INT(add, AddFOp, AddIOp)
FLOAT_OR_INT(sub, SubFOp, SubIOp)
FLOAT_OR_INT(mul, MulFOp, MulIOp)
#undef FLOAT_OR_INT

Value ScalarExpr::div(Value x, Value y) {
  if (isFloat())
    return arith::DivFOp::create(b, loc, x, y);
  // Integers: x / 0 is 0, and the least value / -1 wraps to itself. The machine
  // would trap on either, so the divisor is replaced.
  Value zero = constant(0), one = constant(1);
  Value isZero =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, y, zero);
  Value safe = arith::SelectOp::create(b, loc, isZero, one, y);
  if (isUnsigned) {
    Value quotient = arith::DivUIOp::create(b, loc, x, safe);
    return arith::SelectOp::create(b, loc, isZero, zero, quotient);
  }
  Value minusOne = arith::SubIOp::create(b, loc, zero, one);
  Value isMinusOne =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, y, minusOne);
  safe = arith::SelectOp::create(b, loc, isMinusOne, one, safe);
  Value quotient = arith::DivSIOp::create(b, loc, x, safe);
  Value negated = arith::SubIOp::create(b, loc, zero, x);
  quotient = arith::SelectOp::create(b, loc, isMinusOne, negated, quotient);
  return arith::SelectOp::create(b, loc, isZero, zero, quotient);
}

Value ScalarExpr::pow(Value x, Value y) {
  if (isFloat())
    return math::PowFOp::create(b, loc, x, y);
  return math::IPowIOp::create(b, loc, x, y);
}

// minimumf and maximumf propagate NaN, as ONNX and PyTorch do.
Value ScalarExpr::min(Value x, Value y) {
  if (isFloat())
    return arith::MinimumFOp::create(b, loc, x, y);
  if (isUnsigned)
    return arith::MinUIOp::create(b, loc, x, y);
  return arith::MinSIOp::create(b, loc, x, y);
}

Value ScalarExpr::max(Value x, Value y) {
  if (isFloat())
    return arith::MaximumFOp::create(b, loc, x, y);
  if (isUnsigned)
    return arith::MaxUIOp::create(b, loc, x, y);
  return arith::MaxSIOp::create(b, loc, x, y);
}

Value ScalarExpr::neg(Value x) {
  if (isFloat())
    return arith::NegFOp::create(b, loc, x);
  return arith::SubIOp::create(b, loc, constant(0), x);
}

Value ScalarExpr::abs(Value x) {
  if (isFloat())
    return math::AbsFOp::create(b, loc, x);
  return isUnsigned ? x : math::AbsIOp::create(b, loc, x).getResult();
}

#define MATH(NAME, OP)                                                         \
  Value ScalarExpr::NAME(Value x) { return math::OP::create(b, loc, x); }
MATH(exp, ExpOp)
MATH(log, LogOp)
MATH(log1p, Log1pOp)
MATH(sqrt, SqrtOp)
MATH(erf, ErfOp)
MATH(tanh, TanhOp)
#undef MATH

Value ScalarExpr::floor(Value x) {
  return isFloat() ? math::FloorOp::create(b, loc, x).getResult() : x;
}

Value ScalarExpr::ceil(Value x) {
  return isFloat() ? math::CeilOp::create(b, loc, x).getResult() : x;
}

// math.rsqrt may be lowered to an approximation; a division and a root round
// correctly.
Value ScalarExpr::rsqrt(Value x) { return div(constant(1), sqrt(x)); }
Value ScalarExpr::reciprocal(Value x) { return div(constant(1), x); }
Value ScalarExpr::sigmoid(Value x) {
  return div(constant(1), add(constant(1), exp(neg(x))));
}

#define COMPARE(NAME, FLOAT, SIGNED, UNSIGNED)                                 \
  Value ScalarExpr::NAME(Value x, Value y) {                                   \
    if (isa<FloatType>(x.getType()))                                           \
      return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::FLOAT, x, y); \
    return arith::CmpIOp::create(b, loc,                                       \
                                 isUnsigned ? arith::CmpIPredicate::UNSIGNED   \
                                            : arith::CmpIPredicate::SIGNED,    \
                                 x, y);                                        \
  }
COMPARE(lt, OLT, slt, ult)
COMPARE(le, OLE, sle, ule)
COMPARE(gt, OGT, sgt, ugt)
COMPARE(ge, OGE, sge, uge)
COMPARE(eq, OEQ, eq, eq)
COMPARE(ne, UNE, ne, ne)
#undef COMPARE

Value ScalarExpr::logicalAnd(Value x, Value y) {
  return arith::AndIOp::create(b, loc, x, y);
}
Value ScalarExpr::logicalOr(Value x, Value y) {
  return arith::OrIOp::create(b, loc, x, y);
}
Value ScalarExpr::logicalNot(Value x) {
  Value one = arith::ConstantIntOp::create(b, loc, 1, 1);
  return arith::XOrIOp::create(b, loc, x, one);
}
Value ScalarExpr::select(Value c, Value x, Value y) {
  return arith::SelectOp::create(b, loc, c, x, y);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

Value TensorExpr::constant(double value) {
  return createSplat(b, loc, RankedTensorType::get({}, element), value);
}

#define BINARY(NAME, OP)                                                       \
  Value TensorExpr::NAME(Value x, Value y) { return OP::create(b, loc, x, y); }
BINARY(add, AddOp)
BINARY(sub, SubOp)
BINARY(mul, MulOp)
BINARY(div, DivOp)
BINARY(pow, PowOp)
BINARY(min, MinOp)
BINARY(max, MaxOp)
BINARY(logicalAnd, AndOp)
BINARY(logicalOr, OrOp)
#undef BINARY

#define UNARY(NAME, OP)                                                        \
  Value TensorExpr::NAME(Value x) { return OP::create(b, loc, x); }
UNARY(neg, NegOp)
UNARY(abs, AbsOp)
UNARY(exp, ExpOp)
UNARY(log, LogOp)
UNARY(sqrt, SqrtOp)
UNARY(rsqrt, RsqrtOp)
UNARY(reciprocal, ReciprocalOp)
UNARY(erf, ErfOp)
UNARY(tanh, TanhOp)
UNARY(sigmoid, SigmoidOp)
UNARY(floor, FloorOp)
UNARY(ceil, CeilOp)
UNARY(logicalNot, NotOp)
#undef UNARY

Value TensorExpr::log1p(Value x) { return log(add(constant(1), x)); }

#define COMPARE(NAME)                                                          \
  Value TensorExpr::NAME(Value x, Value y) {                                   \
    return CompareOp::create(b, loc, Comparison::NAME, x, y);                  \
  }
COMPARE(lt)
COMPARE(le)
COMPARE(gt)
COMPARE(ge)
COMPARE(eq)
COMPARE(ne)
#undef COMPARE

Value TensorExpr::select(Value c, Value x, Value y) {
  return WhereOp::create(b, loc, c, x, y);
}

Value TensorExpr::fitTo(Value x, Type type) {
  auto target = cast<RankedTensorType>(type);
  auto source = cast<RankedTensorType>(x.getType());
  if (source == target)
    return x;
  // The expression may be smaller than its target, for instance a constant.
  if (source.getRank() < target.getRank() ||
      source.getNumElements() < target.getNumElements())
    return ExpandOp::create(b, loc, target, x);
  int64_t lead = source.getRank() - target.getRank();
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < source.getRank(); ++i)
    if (i < lead ||
        (target.getDimSize(i - lead) == 1 && source.getDimSize(i) != 1))
      axes.push_back(i);
  if (!axes.empty())
    x = ReduceOp::create(b, loc, ReductionKind::sum, x, axes,
                         /*keepdims=*/false);
  if (x.getType() != type)
    x = ReshapeOp::create(b, loc, target, x);
  return x;
}

//===----------------------------------------------------------------------===//
// Folding
//===----------------------------------------------------------------------===//

Attribute coppice::nn::foldScalars(Block &block, Value result,
                                   ArrayRef<Attribute> arguments) {
  DenseMap<Value, Attribute> known;
  for (auto [argument, value] : llvm::zip(block.getArguments(), arguments))
    known[argument] = value;
  for (Operation &op : block) {
    SmallVector<Attribute> inputs;
    for (Value value : op.getOperands())
      inputs.push_back(known.lookup(value));
    SmallVector<OpFoldResult> folded;
    if (failed(op.fold(inputs, folded)) || folded.size() != 1)
      return {};
    auto value = dyn_cast<Value>(folded[0]);
    Attribute constant =
        value ? known.lookup(value) : cast<Attribute>(folded[0]);
    if (!constant)
      return {};
    known[op.getResult(0)] = constant;
  }
  return known.lookup(result);
}
