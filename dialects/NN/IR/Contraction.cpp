//===- Contraction.cpp - Shapes of products, sums and norms -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/Geometry.h"
#include "dialects/NN/IR/Inference.h"
#include "dialects/NN/IR/NN.h"
#include <cmath>

using namespace mlir;
using namespace coppice::nn;

LogicalResult MatMulOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &result) {
  auto lhs = cast<RankedTensorType>(adaptor.getLhs().getType());
  auto rhs = cast<RankedTensorType>(adaptor.getRhs().getType());
  if (lhs.getRank() < 2 || rhs.getRank() < 2)
    return emitOptionalError(loc, "operands must have rank 2 or more, not ",
                             lhs, " and ", rhs);
  if (!detail::areFactors({lhs, rhs}))
    return emitOptionalError(loc, "operand element types differ: ", lhs,
                             " and ", rhs);
  auto matrix = [](RankedTensorType type, bool transpose) {
    ArrayRef<int64_t> last = type.getShape().take_back(2);
    return transpose ? std::pair(last[1], last[0])
                     : std::pair(last[0], last[1]);
  };
  auto [m, k] = matrix(lhs, adaptor.getTransposeLhs());
  auto [k2, n] = matrix(rhs, adaptor.getTransposeRhs());
  if (k != k2)
    return emitOptionalError(loc, "contracted extents differ: ", k, " and ",
                             k2);
  std::optional<SmallVector<int64_t>> shape =
      broadcastShapes(lhs.getShape().drop_back(2), rhs.getShape().drop_back(2));
  if (!shape)
    return emitOptionalError(loc, "leading axes do not broadcast: ", lhs,
                             " and ", rhs);
  if (Value bias = adaptor.getBias()) {
    auto type = cast<RankedTensorType>(bias.getType());
    if (!detail::haveOneFormat({lhs, type}))
      return emitOptionalError(loc, "operand element types differ: ", lhs,
                               " and ", type);
    if (type.getRank() != 1 ||
        failed(verifyCompatibleDims({type.getDimSize(0), n})))
      return emitOptionalError(loc,
                               "the bias must have one element per column, ", n,
                               ", not ", type);
  }
  shape->append({m, n});
  // A product of codes and floats is a float.
  Type element = isa<FloatType>(rhs.getElementType()) ? rhs.getElementType()
                                                      : lhs.getElementType();
  result.push_back(RankedTensorType::get(*shape, element));
  return success();
}

/// Checks that axes are sorted, unique and in range.
static LogicalResult checkAxes(std::optional<Location> loc,
                               ArrayRef<int64_t> axes, int64_t rank) {
  for (auto [i, axis] : llvm::enumerate(axes))
    if (axis < 0 || axis >= rank || (i && axes[i - 1] >= axis))
      return emitOptionalError(loc, "axes must be sorted, unique and in [0, ",
                               rank, ")");
  return success();
}

static RankedTensorType reducedType(RankedTensorType input,
                                    ArrayRef<int64_t> axes, bool keepdims) {
  SmallVector<int64_t> shape;
  for (auto [i, extent] : llvm::enumerate(input.getShape())) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      shape.push_back(extent);
    else if (keepdims)
      shape.push_back(1);
  }
  return RankedTensorType::get(shape, input.getElementType());
}

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &result) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  if (failed(checkAxes(loc, adaptor.getAxes(), input.getRank())))
    return failure();
  result.push_back(
      reducedType(input, adaptor.getAxes(), adaptor.getKeepdims()));
  return success();
}

LogicalResult ReduceOp::verify() {
  if (failed(nn::detail::verifyInferredTypes(*this)))
    return failure();
  // The mean of no floats is NaN, which integers cannot hold.
  auto type = cast<RankedTensorType>(getInput().getType());
  for (int64_t axis : getAxes())
    if (type.getDimSize(axis) == 0 && getKind() == ReductionKind::mean &&
        isa<IntegerType>(type.getElementType()))
      return emitOpError("the mean of no integers is undefined");
  return success();
}

LogicalResult ProdGradOp::verify() {
  return checkAxes(getLoc(), getAxes(), getInput().getType().getRank());
}

void NormalizeOp::build(OpBuilder &builder, OperationState &state, Value input,
                        ArrayRef<int64_t> axes, double epsilon,
                        bool uncentered) {
  auto type = cast<RankedTensorType>(input.getType());
  RankedTensorType reduced = reducedType(type, axes, /*keepdims=*/true);
  build(builder, state, {type, reduced, reduced}, input,
        builder.getDenseI64ArrayAttr(axes), builder.getF64FloatAttr(epsilon),
        uncentered ? builder.getUnitAttr() : UnitAttr());
}

LogicalResult NormalizeOp::verify() {
  RankedTensorType type = getInput().getType();
  if (failed(checkAxes(getLoc(), getAxes(), type.getRank())))
    return failure();
  if (!lowp::areCompatible(type, getResult().getType()))
    return emitOpError("result must have the input's type");
  // The statistics of codes are real numbers.
  auto real = cast<RankedTensorType>(lowp::getRealTensor(type));
  RankedTensorType reduced = reducedType(real, getAxes(), /*keepdims=*/true);
  if (getMean().getType() != reduced || getVariance().getType() != reduced)
    return emitOpError("mean and variance must have type ") << reduced;
  if (!(getEpsilon().convertToDouble() >= 0))
    return emitOpError("epsilon must not be negative");
  return success();
}

/// Whether `input` is a float tensor with one element along each of `axes`, so
/// that an op along them computes each element from this element alone.
static bool isAloneAlong(Value input, ArrayRef<int64_t> axes) {
  auto type = cast<RankedTensorType>(input.getType());
  return isa<FloatType>(type.getElementType()) &&
         llvm::all_of(axes,
                      [&](int64_t axis) { return type.getDimSize(axis) == 1; });
}

/// `value` with elements of `element`.
static Value castTo(OpBuilder &b, Location loc, Value value, Type element) {
  auto type = cast<RankedTensorType>(value.getType()).clone(element);
  return type == value.getType() ? value : CastOp::create(b, loc, type, value);
}

/// The number that all elements of `value`, a constant, are; nullopt if they
/// differ or are not finite, or if there are none.
static std::optional<double> getSplat(Value value) {
  SplatElementsAttr splat;
  if (!matchPattern(value, m_Constant(&splat)) ||
      !isa<FloatType>(splat.getElementType()) || splat.empty())
    return std::nullopt;
  double number = splat.getSplatValue<APFloat>().convertToDouble();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

/// Replaces `op`, whose input has one number as all elements.
static void normalizeSplat(NormalizeOp op, double number,
                           PatternRewriter &rewriter) {
  double mean = op.getUncentered() ? 0 : number, d = number - mean;
  double epsilon = op.getEpsilon().convertToDouble();
  double numbers[] = {d / std::sqrt(d * d + epsilon), mean, d * d};
  SmallVector<Value> results;
  for (auto [result, value] : llvm::zip_equal(op->getResults(), numbers))
    results.push_back(
        createSplat(rewriter, op.getLoc(), result.getType(), value));
  rewriter.replaceOp(op, results);
}

LogicalResult NormalizeOp::canonicalize(NormalizeOp op,
                                        PatternRewriter &rewriter) {
  if (std::optional<double> number = getSplat(op.getInput());
      number && op.getEpsilon().convertToDouble() > 0) {
    normalizeSplat(op, *number, rewriter);
    return success();
  }
  if (!isAloneAlong(op.getInput(), op.getAxes()))
    return rewriter.notifyMatchFailure(op, "it has axes with more elements");
  Location loc = op.getLoc();
  Type element = getElementTypeOrSelf(op.getInput().getType()),
       wide = getAccumulatorType(element);
  TensorExpr e(rewriter, loc, wide);
  Value x = castTo(rewriter, loc, op.getInput(), wide);
  // The difference to the mean of one element, the element itself, is NaN if
  // the element is not finite.
  Value d = op.getUncentered() ? x : e.sub(x, x), variance = e.mul(d, d);
  double epsilon = op.getEpsilon().convertToDouble();
  Value result = e.mul(d, e.rsqrt(e.add(variance, e.constant(epsilon))));
  Value mean = op.getInput();
  if (op.getUncentered())
    mean = createSplat(rewriter, loc, mean.getType(), 0);
  rewriter.replaceOp(op, {castTo(rewriter, loc, result, element), mean,
                          castTo(rewriter, loc, variance, element)});
  return success();
}

template <typename Adaptor>
static LogicalResult inferAxis(Adaptor adaptor, SmallVectorImpl<Type> &result) {
  result.push_back(adaptor.getInput().getType());
  return success();
}
LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location>,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &result) {
  return inferAxis(adaptor, result);
}
LogicalResult LogSoftmaxOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location>,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &result) {
  return inferAxis(adaptor, result);
}

static LogicalResult verifyAxis(Operation *op, RankedTensorType type,
                                int64_t axis) {
  if (axis < 0 || axis >= type.getRank())
    return op->emitOpError("axis ") << axis << " is not an axis of " << type;
  return success();
}
LogicalResult SoftmaxOp::verify() {
  return verifyAxis(*this, getInput().getType(), getAxis());
}
LogicalResult LogSoftmaxOp::verify() {
  return verifyAxis(*this, getInput().getType(), getAxis());
}

/// Replaces a softmax, or its logarithm, of equal elements or along an axis
/// with one element. The difference of the element and itself keeps what is not
/// finite.
template <typename OpT>
static LogicalResult canonicalizeSoftmax(OpT op, PatternRewriter &rewriter) {
  int64_t axis = op.getAxis();
  constexpr bool isSoftmax = std::is_same_v<OpT, SoftmaxOp>;
  if (getSplat(op.getInput()) && op.getInput().getType() == op.getType()) {
    // Equal elements have equal powers.
    double count =
        std::max<int64_t>(1, op.getInput().getType().getDimSize(axis));
    rewriter.replaceOp(op,
                       createSplat(rewriter, op.getLoc(), op.getType(),
                                   isSoftmax ? 1 / count : -std::log(count)));
    return success();
  }
  if (!isAloneAlong(op.getInput(), axis) ||
      op.getInput().getType() != op.getType())
    return rewriter.notifyMatchFailure(op, "the axis has more elements");
  TensorExpr e(rewriter, op.getLoc(), getElementTypeOrSelf(op.getType()));
  Value zero = e.sub(op.getInput(), op.getInput());
  rewriter.replaceOp(op, isSoftmax ? e.exp(zero) : zero);
  return success();
}

LogicalResult SoftmaxOp::canonicalize(SoftmaxOp op, PatternRewriter &rewriter) {
  return canonicalizeSoftmax(op, rewriter);
}
LogicalResult LogSoftmaxOp::canonicalize(LogSoftmaxOp op,
                                         PatternRewriter &rewriter) {
  return canonicalizeSoftmax(op, rewriter);
}

LogicalResult
SoftmaxCrossEntropyOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &result) {
  result.push_back(RankedTensorType::get(
      {}, getElementTypeOrSelf(adaptor.getLogits().getType())));
  return success();
}

LogicalResult SoftmaxCrossEntropyOp::verify() {
  RankedTensorType logits = getLogits().getType();
  RankedTensorType labels = getLabels().getType();
  if (logits.getRank() != 2 || labels.getRank() != 1 ||
      labels.getDimSize(0) != logits.getDimSize(0))
    return emitOpError("logits are N×K and labels N, not ")
           << logits << " and " << labels;
  if (!isa<IntegerType>(labels.getElementType()))
    return emitOpError("labels must be integers, not ") << labels;
  if (logits.getNumElements() == 0)
    return emitOpError("the mean of no rows is undefined");
  return success();
}

LogicalResult OneHotOp::verify() {
  RankedTensorType labels = getLabels().getType();
  RankedTensorType result = getResult().getType();
  if (!isa<IntegerType>(labels.getElementType()))
    return emitOpError("labels must be integers, not ") << labels;
  if (result.getRank() != labels.getRank() + 1 ||
      result.getShape().drop_back() != labels.getShape())
    return emitOpError("the result must be the labels' shape and one axis");
  return success();
}

LogicalResult DropoutOp::verify() {
  double ratio = getRatio().convertToDouble();
  if (!(ratio >= 0 && ratio < 1))
    return emitOpError("ratio must be in [0, 1), not ") << ratio;
  RankedTensorType seed = getSeed().getType();
  if (seed.getRank() != 0 || !seed.getElementType().isInteger(64))
    return emitOpError("seed must be tensor<i64>, not ") << seed;
  return success();
}
