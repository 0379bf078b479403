//===- Expr.h - Builders of scalar functions and gradients ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_EXPR_H
#define COPPICE_DIALECTS_NN_IR_EXPR_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace coppice::nn {

/// Builds `Expr` dags (NNBase.td) as arith and math ops on scalars. Floats may
/// contract (multiply and add into one rounding); integers are signless and
/// `isUnsigned` picks the op.
class ScalarExpr {
public:
  ScalarExpr(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type element,
             bool isUnsigned)
      : b(builder), loc(loc), element(element), isUnsigned(isUnsigned) {}

  mlir::Value constant(double value);
  mlir::Value same(mlir::Value x) { return x; }
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value sub(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value div(mlir::Value x, mlir::Value y);
  mlir::Value pow(mlir::Value x, mlir::Value y);
  mlir::Value min(mlir::Value x, mlir::Value y);
  mlir::Value max(mlir::Value x, mlir::Value y);
  mlir::Value neg(mlir::Value x);
  mlir::Value abs(mlir::Value x);
  mlir::Value exp(mlir::Value x);
  mlir::Value log(mlir::Value x);
  mlir::Value log1p(mlir::Value x);
  mlir::Value sqrt(mlir::Value x);
  mlir::Value rsqrt(mlir::Value x);
  mlir::Value reciprocal(mlir::Value x);
  mlir::Value erf(mlir::Value x);
  mlir::Value tanh(mlir::Value x);
  mlir::Value sigmoid(mlir::Value x);
  mlir::Value floor(mlir::Value x);
  mlir::Value ceil(mlir::Value x);
  mlir::Value lt(mlir::Value x, mlir::Value y);
  mlir::Value le(mlir::Value x, mlir::Value y);
  mlir::Value gt(mlir::Value x, mlir::Value y);
  mlir::Value ge(mlir::Value x, mlir::Value y);
  mlir::Value eq(mlir::Value x, mlir::Value y);
  mlir::Value ne(mlir::Value x, mlir::Value y);
  mlir::Value logicalAnd(mlir::Value x, mlir::Value y);
  mlir::Value logicalOr(mlir::Value x, mlir::Value y);
  mlir::Value logicalNot(mlir::Value x);
  mlir::Value select(mlir::Value c, mlir::Value x, mlir::Value y);

private:
  bool isFloat() const { return llvm::isa<mlir::FloatType>(element); }
  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type element;
  bool isUnsigned;
};

/// Builds the same operators as nn ops on tensors, which broadcast. Constants
/// are rank-0 tensors of the element type.
class TensorExpr {
public:
  TensorExpr(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type element)
      : b(builder), loc(loc), element(element) {}

  mlir::Value constant(double value);
  mlir::Value same(mlir::Value x) { return x; }
  mlir::Value add(mlir::Value x, mlir::Value y);
  mlir::Value sub(mlir::Value x, mlir::Value y);
  mlir::Value mul(mlir::Value x, mlir::Value y);
  mlir::Value div(mlir::Value x, mlir::Value y);
  mlir::Value pow(mlir::Value x, mlir::Value y);
  mlir::Value min(mlir::Value x, mlir::Value y);
  mlir::Value max(mlir::Value x, mlir::Value y);
  mlir::Value neg(mlir::Value x);
  mlir::Value abs(mlir::Value x);
  mlir::Value exp(mlir::Value x);
  mlir::Value log(mlir::Value x);
  mlir::Value log1p(mlir::Value x);
  mlir::Value sqrt(mlir::Value x);
  mlir::Value rsqrt(mlir::Value x);
  mlir::Value reciprocal(mlir::Value x);
  mlir::Value erf(mlir::Value x);
  mlir::Value tanh(mlir::Value x);
  mlir::Value sigmoid(mlir::Value x);
  mlir::Value floor(mlir::Value x);
  mlir::Value ceil(mlir::Value x);
  mlir::Value lt(mlir::Value x, mlir::Value y);
  mlir::Value le(mlir::Value x, mlir::Value y);
  mlir::Value gt(mlir::Value x, mlir::Value y);
  mlir::Value ge(mlir::Value x, mlir::Value y);
  mlir::Value eq(mlir::Value x, mlir::Value y);
  mlir::Value ne(mlir::Value x, mlir::Value y);
  mlir::Value logicalAnd(mlir::Value x, mlir::Value y);
  mlir::Value logicalOr(mlir::Value x, mlir::Value y);
  mlir::Value logicalNot(mlir::Value x);
  mlir::Value select(mlir::Value c, mlir::Value x, mlir::Value y);

  /// Sums `x` over the axes along which `type` was broadcast to its shape, and
  /// broadcasts `x` to `type` if it is smaller.
  mlir::Value fitTo(mlir::Value x, mlir::Type type);

private:
  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type element;
};

/// Evaluates a block of scalar ops for its arguments' values by folding each
/// op, and returns `result`; null if an op does not fold.
mlir::Attribute foldScalars(mlir::Block &block, mlir::Value result,
                            llvm::ArrayRef<mlir::Attribute> arguments);

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_IR_EXPR_H
