//===- LinalgBuilder.h - Builders of linalg on static tensors ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_CONVERSION_NNTOLINALG_LINALGBUILDER_H
#define COPPICE_LIB_CONVERSION_NNTOLINALG_LINALGBUILDER_H

#include "dialects/NN/IR/Expr.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace coppice {

/// A factor that is codes. The zero point is subtracted from each code.
struct CodeOperand {
  int64_t zeroPoint = 0;
  bool isUnsigned = false;
};
/// The factors of a product that are codes. A product of two such factors is an
/// i32, one of codes and floats is a float.
struct CodeProduct {
  std::optional<CodeOperand> lhs, rhs;
};

/// Builds the ops that replace nn ops. All tensors have static shapes and
/// signless elements.
class LinalgBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using Iterator = mlir::utils::IteratorType;
  /// Builds a generic's body: returns a scalar from one scalar per input and,
  /// last, one of the init.
  using Body = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location,
                                              mlir::ValueRange)>;

  static llvm::ArrayRef<int64_t> shapeOf(mlir::Value tensor);
  static mlir::Type elementOf(mlir::Value tensor);
  /// Returns the type of sums: f32 for narrower floats, else `element`.
  mlir::Type accumulatorOf(mlir::Type element);

  mlir::Value indexConstant(int64_t value);
  mlir::Value scalar(mlir::Type element, double value);
  /// Returns the least value of a type: -infinity, or the smallest integer.
  mlir::Value lowest(mlir::Type element, bool isUnsigned);
  mlir::Value highest(mlir::Type element, bool isUnsigned);

  mlir::Value empty(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  mlir::Value filled(llvm::ArrayRef<int64_t> shape, mlir::Value value);
  mlir::Value zeros(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  /// A dense constant; integers and indices are given as i64.
  mlir::Value table(llvm::ArrayRef<int64_t> values);
  mlir::Value table(llvm::ArrayRef<int64_t> shape,
                    llvm::ArrayRef<double> values, mlir::Type element);

  /// linalg.generic with one result, which starts from `init`.
  mlir::Value generic(mlir::ValueRange inputs, mlir::Value init,
                      llvm::ArrayRef<mlir::AffineMap> maps,
                      llvm::ArrayRef<Iterator> iterators, Body body);
  /// Creates a generic whose loops are all parallel, one for each axis of
  /// `shape`; `maps` are those of the inputs.
  mlir::Value parallel(llvm::ArrayRef<int64_t> shape, mlir::Type element,
                       mlir::ValueRange inputs,
                       llvm::ArrayRef<mlir::AffineMap> maps, Body body);
  /// Creates a parallel generic with NumPy broadcasting of the inputs.
  mlir::Value pointwise(llvm::ArrayRef<int64_t> shape, mlir::Type element,
                        mlir::ValueRange inputs, Body body);
  /// Folds `input` along `axes` (sorted) with `body(element, accumulator)`,
  /// from `init`. Loops are in the order of the input's axes. The axes are
  /// dropped or, with `keepdims`, kept with one element each, as parallel loops
  /// behind the others: what reads the result can then be its epilogue.
  mlir::Value reduce(mlir::Value input, llvm::ArrayRef<int64_t> axes,
                     mlir::Value init, Body body, bool keepdims = false);
  /// Sum along `axes` in the accumulator's type.
  mlir::Value sum(mlir::Value input, llvm::ArrayRef<int64_t> axes,
                  bool keepdims = false);
  /// Sum of products, in the accumulator's type; the result has the elements of
  /// the operands that are not codes. Sums of two factors of codes are and stay
  /// i32.
  mlir::Value contract(mlir::Value lhs, mlir::AffineMap lhsMap, mlir::Value rhs,
                       mlir::AffineMap rhsMap, llvm::ArrayRef<int64_t> shape,
                       mlir::AffineMap outMap,
                       llvm::ArrayRef<Iterator> iterators,
                       const CodeProduct *codes = nullptr);
  /// Float or integer conversion of every element; identity where types agree.
  mlir::Value convert(mlir::Value tensor, mlir::Type element);

  /// Reshape to any shape with as many elements.
  mlir::Value reshape(mlir::Value tensor, llvm::ArrayRef<int64_t> shape);
  mlir::Value extractSlice(mlir::Value tensor, llvm::ArrayRef<int64_t> starts,
                           llvm::ArrayRef<int64_t> sizes,
                           llvm::ArrayRef<int64_t> strides);
  mlir::Value insertSlice(mlir::Value source, mlir::Value into,
                          llvm::ArrayRef<int64_t> starts,
                          llvm::ArrayRef<int64_t> strides);
  /// Nested scf.for loops from 0 to `extents` that thread `init` through.
  mlir::Value
  loops(llvm::ArrayRef<int64_t> extents, mlir::Value init,
        llvm::function_ref<mlir::Value(mlir::ValueRange indices, mlir::Value)>
            body);

  mlir::AffineMap map(unsigned dims, llvm::ArrayRef<mlir::AffineExpr> results) {
    return mlir::AffineMap::get(dims, 0, results, getContext());
  }
  mlir::AffineExpr dim(unsigned i) { return getAffineDimExpr(i); }
};

/// Returns NumPy broadcasting of `from` to `to` as an indexing map over `to`'s
/// axes.
mlir::AffineMap broadcastMap(LinalgBuilder &b, llvm::ArrayRef<int64_t> from,
                             llvm::ArrayRef<int64_t> to);

} // namespace coppice

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_LINALGBUILDER_H
