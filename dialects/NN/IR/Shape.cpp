//===- Shape.cpp - Ops that move elements: shapes, folds -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Inference.h"
#include "dialects/NN/IR/NN.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  RankedTensorType from = getInput().getType(), to = getResult().getType();
  if (from.getElementType() != to.getElementType())
    return emitOpError("cannot change the element type");
  if (from.getNumElements() != to.getNumElements())
    return emitOpError("cannot change the number of elements: ")
           << from << " to " << to;
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getInput()))
    return splat.resizeSplat(getType());
  if (auto elements =
          dyn_cast_or_null<DenseIntOrFPElementsAttr>(adaptor.getInput()))
    return elements.reshape(getType());
  return {};
}

namespace {
/// reshape(reshape(x)) becomes one reshape.
struct MergeReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<ReshapeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "input is not a reshape");
    rewriter.modifyOpInPlace(
        op, [&] { op.getInputMutable().assign(inner.getInput()); });
    return success();
  }
};

/// A transpose that moves only axes of extent 1 becomes a reshape.
struct TransposeToReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    int64_t last = -1;
    for (int64_t axis : op.getPermutation()) {
      if (op.getInput().getType().getDimSize(axis) == 1)
        continue;
      if (axis < last)
        return rewriter.notifyMatchFailure(op, "elements move");
      last = axis;
    }
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput());
    return success();
  }
};
} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<MergeReshapes>(context);
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &result) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  SmallVector<int64_t> shape;
  SmallVector<bool> seen(input.getRank());
  for (int64_t axis : adaptor.getPermutation()) {
    if (axis < 0 || axis >= input.getRank() || seen[axis])
      break;
    seen[axis] = true;
    shape.push_back(input.getDimSize(axis));
  }
  if (static_cast<int64_t>(shape.size()) != input.getRank() ||
      adaptor.getPermutation().size() != shape.size())
    return emitOptionalError(loc, "permutation must name each axis of ", input,
                             " once");
  result.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

LogicalResult TransposeOp::verify() {
  return nn::detail::verifyInferredTypes(*this);
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (llvm::equal(getPermutation(),
                  llvm::seq<int64_t>(0, getPermutation().size())))
    return getInput();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getInput()))
    return splat.resizeSplat(getType());
  // Two transposes in a row become one.
  if (auto inner = getInput().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> permutation;
    for (int64_t axis : getPermutation())
      permutation.push_back(inner.getPermutation()[axis]);
    setPermutation(permutation);
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return {};
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<TransposeToReshape>(context);
}

//===----------------------------------------------------------------------===//
// Concat, slice, pad, expand
//===----------------------------------------------------------------------===//

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &result) {
  if (adaptor.getInputs().empty())
    return emitOptionalError(loc, "needs an operand");
  auto first = cast<RankedTensorType>(adaptor.getInputs()[0].getType());
  int64_t axis = adaptor.getAxis();
  if (axis < 0 || axis >= first.getRank())
    return emitOptionalError(loc, "axis ", axis, " is not an axis of ", first);
  SmallVector<int64_t> shape(first.getShape());
  for (Value input : adaptor.getInputs().drop_front()) {
    auto type = cast<RankedTensorType>(input.getType());
    bool fits = type.getRank() == first.getRank() &&
                detail::haveOneFormat({first, type});
    for (int64_t i = 0; fits && i < first.getRank(); ++i)
      fits = i == axis || type.getDimSize(i) == first.getDimSize(i);
    if (!fits)
      return emitOptionalError(loc, "operands differ off the axis: ", first,
                               " and ", type);
    if (llvm::AddOverflow(shape[axis], type.getDimSize(axis), shape[axis]))
      return emitOptionalError(loc, "the result's axis ", axis,
                               " is longer than an index");
  }
  result.push_back(RankedTensorType::get(shape, first.getElementType()));
  return success();
}

LogicalResult ConcatOp::verify() {
  return nn::detail::verifyInferredTypes(*this);
}

/// Verifies that `small` fits into `large` at `starts` with `strides`.
static LogicalResult verifySlice(Operation *op, RankedTensorType large,
                                 RankedTensorType small,
                                 ArrayRef<int64_t> starts,
                                 ArrayRef<int64_t> strides) {
  int64_t rank = large.getRank();
  if (!nn::detail::haveOneFormat({large, small}))
    return op->emitOpError("cannot change the element type");
  if (small.getRank() != rank || static_cast<int64_t>(starts.size()) != rank ||
      static_cast<int64_t>(strides.size()) != rank)
    return op->emitOpError("starts, strides and both types need the same rank");
  for (int64_t i = 0; i < rank; ++i) {
    // The least integer cannot be negated.
    if (strides[i] == 0 || strides[i] == std::numeric_limits<int64_t>::min())
      return op->emitOpError("stride of axis ") << i << " is " << strides[i];
    int64_t size = small.getDimSize(i), last;
    if (size == 0)
      continue;
    if (llvm::MulOverflow(size - 1, strides[i], last) ||
        llvm::AddOverflow(starts[i], last, last))
      return op->emitOpError("steps out of axis ") << i;
    if (std::min(starts[i], last) < 0 ||
        std::max(starts[i], last) >= large.getDimSize(i))
      return op->emitOpError("reaches index ")
             << (starts[i] < 0 || starts[i] >= large.getDimSize(i) ? starts[i]
                                                                   : last)
             << " of axis " << i << ", which has extent "
             << large.getDimSize(i);
  }
  return success();
}

LogicalResult SliceOp::verify() {
  return verifySlice(*this, getInput().getType(), getResult().getType(),
                     getStarts(), getStrides());
}
LogicalResult SliceGradOp::verify() {
  return verifySlice(*this, getResult().getType(), getDy().getType(),
                     getStarts(), getStrides());
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType() &&
      llvm::all_of(getStarts(), [](int64_t v) { return v == 0; }) &&
      llvm::all_of(getStrides(), [](int64_t v) { return v == 1; }))
    return getInput();
  return {};
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *,
                                      std::optional<Location> loc,
                                      Adaptor adaptor,
                                      SmallVectorImpl<Type> &result) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  size_t rank = input.getRank();
  if (adaptor.getLow().size() != rank || adaptor.getHigh().size() != rank)
    return emitOptionalError(loc, "low and high need one amount per axis of ",
                             input);
  SmallVector<int64_t> shape;
  for (size_t i = 0; i < rank; ++i) {
    int64_t extent = input.getDimSize(i), low = adaptor.getLow()[i],
            high = adaptor.getHigh()[i];
    if (low < -extent || high < -extent)
      return emitOptionalError(loc, "crops more than axis ", i, " of ", input);
    if (llvm::AddOverflow(extent, low, extent) ||
        llvm::AddOverflow(extent, high, extent))
      return emitOptionalError(loc, "pads axis ", i, " beyond an index");
    if (extent < 0)
      return emitOptionalError(loc, "crops more than axis ", i, " of ", input);
    shape.push_back(extent);
  }
  result.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

LogicalResult PadOp::verify() {
  if (failed(nn::detail::verifyInferredTypes(*this)))
    return failure();
  if (getMode() == PadMode::constant)
    return success();
  for (auto [i, extent] : llvm::enumerate(getInput().getType().getShape())) {
    int64_t limit = getMode() == PadMode::reflect
                        ? std::max<int64_t>(extent - 1, 0)
                        : extent;
    if (getMode() == PadMode::edge)
      limit = extent > 0 ? std::numeric_limits<int64_t>::max() : 0;
    if (getLow()[i] > limit || getHigh()[i] > limit)
      return emitOpError("mode ")
             << stringifyPadMode(getMode()) << " cannot add more than " << limit
             << " elements to axis " << i;
  }
  return success();
}

LogicalResult ExpandOp::verify() {
  if (!nn::detail::haveOneFormat({getInput().getType(), getResult().getType()}))
    return emitOpError("cannot change the element type");
  std::optional<SmallVector<int64_t>> shape = broadcastShapes(
      getInput().getType().getShape(), getResult().getType().getShape());
  if (!shape || ArrayRef<int64_t>(*shape) != getResult().getType().getShape())
    return emitOpError("cannot broadcast ")
           << getInput().getType() << " to " << getResult().getType();
  return success();
}

OpFoldResult ExpandOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto splat = dyn_cast_or_null<SplatElementsAttr>(adaptor.getInput()))
    return splat.resizeSplat(getType());
  return {};
}

//===----------------------------------------------------------------------===//
// Gather, resize
//===----------------------------------------------------------------------===//

/// Returns the type of a gather's result.
static FailureOr<RankedTensorType>
gatherType(RankedTensorType input, RankedTensorType indices, int64_t axis) {
  if (axis < 0 || axis >= input.getRank() ||
      !isa<IntegerType>(indices.getElementType()))
    return failure();
  SmallVector<int64_t> shape(input.getShape().take_front(axis));
  llvm::append_range(shape, indices.getShape());
  llvm::append_range(shape, input.getShape().drop_front(axis + 1));
  return RankedTensorType::get(shape, input.getElementType());
}

LogicalResult GatherOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &result) {
  FailureOr<RankedTensorType> type =
      gatherType(cast<RankedTensorType>(adaptor.getInput().getType()),
                 cast<RankedTensorType>(adaptor.getIndices().getType()),
                 adaptor.getAxis());
  if (failed(type))
    return emitOptionalError(
        loc, "needs integer indices and an axis of the input, not axis ",
        static_cast<int64_t>(adaptor.getAxis()));
  result.push_back(*type);
  return success();
}
LogicalResult GatherOp::verify() {
  if (failed(nn::detail::verifyInferredTypes(*this)))
    return failure();
  if (getInput().getType().getDimSize(getAxis()) == 0)
    return emitOpError("cannot gather from an empty axis");
  return success();
}
LogicalResult GatherGradOp::verify() {
  FailureOr<RankedTensorType> type =
      gatherType(getResult().getType(), getIndices().getType(), getAxis());
  if (failed(type) || *type != getDy().getType())
    return emitOpError("dy is not the result of a gather from ")
           << getResult().getType();
  return success();
}

static LogicalResult verifyResize(Operation *op, RankedTensorType from,
                                  RankedTensorType to, ResizeMode mode,
                                  ArrayRef<double> scales) {
  if (!nn::detail::haveOneFormat({from, to}))
    return op->emitOpError("cannot change the element type");
  if (mode == ResizeMode::linear && isa<IntegerType>(from.getElementType()))
    return op->emitOpError("interpolates floats, not ")
           << from.getElementType() << "; cast before and after";
  if (from.getRank() != to.getRank() ||
      static_cast<int64_t>(scales.size()) != from.getRank())
    return op->emitOpError("needs one scale per axis and equal ranks");
  for (auto [i, scale] : llvm::enumerate(scales)) {
    if (!(scale > 0) || std::isinf(scale))
      return op->emitOpError("scale of axis ") << i << " must be positive";
    if (scale == 1.0 && from.getDimSize(i) != to.getDimSize(i))
      return op->emitOpError("axis ")
             << i << " has scale 1 but changes its extent";
    if (from.getDimSize(i) == 0)
      return op->emitOpError("cannot resample an empty axis");
  }
  return success();
}
LogicalResult ResizeOp::verify() {
  return verifyResize(*this, getInput().getType(), getResult().getType(),
                      getMode(), getScales());
}
LogicalResult ResizeGradOp::verify() {
  return verifyResize(*this, getResult().getType(), getDy().getType(),
                      getMode(), getScales());
}
