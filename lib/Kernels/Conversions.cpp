//===- Conversions.cpp - Ops that only change a number format ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Kernels/Conversions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace coppice::kernels;

static bool isConverting(Operation &op) {
  return isa<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::UIToFPOp,
             arith::ExtSIOp, arith::ExtUIOp, arith::MulFOp, arith::SubFOp,
             arith::SubIOp, arith::MinimumFOp, arith::MaximumFOp,
             arith::ConstantOp, linalg::YieldOp>(op);
}

std::optional<FormatConversion>
coppice::kernels::matchConversion(Operation *op) {
  std::optional<FormatConversion> conversion = matchRescaling(op);
  if (!conversion || (!conversion->widens && !conversion->narrows))
    return std::nullopt;
  return conversion;
}

std::optional<FormatConversion>
coppice::kernels::matchRescaling(Operation *op) {
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  if (!generic || !generic.hasPureTensorSemantics() ||
      generic.getNumDpsInits() != 1 || generic.getNumReductionLoops() != 0 ||
      !llvm::all_of(*generic.getBody(), isConverting) ||
      llvm::hasSingleElement(*generic.getBody()))
    return std::nullopt;
  auto result = cast<RankedTensorType>(generic.getResult(0).getType());
  if (!result.hasStaticShape() || !result.getElementType().isIntOrFloat() ||
      !generic.getRegionOutputArgs().front().use_empty() ||
      !generic.getMatchingIndexingMap(generic.getDpsInitOperand(0))
           .isIdentity())
    return std::nullopt;
  FormatConversion conversion{generic, nullptr, false, false};
  auto isFloat = [](OpOperand *operand) {
    return isa<FloatType>(getElementTypeOrSelf(operand->get()));
  };
  for (OpOperand *input : generic.getDpsInputOperands()) {
    auto type = dyn_cast<RankedTensorType>(input->get().getType());
    if (!type || !type.getElementType().isIntOrFloat())
      return std::nullopt;
    AffineMap map = generic.getMatchingIndexingMap(input);
    if (!map.isIdentity()) {
      // The operand holds one number for each channel.
      if (!map.isProjectedPermutation(/*allowZeroInResults=*/true) ||
          map.isPermutation())
        return std::nullopt;
      continue;
    }
    // Codes may have as many scales as there are codes.
    if (conversion.source && isFloat(conversion.source) == isFloat(input))
      return std::nullopt;
    if (!conversion.source || !isFloat(input))
      conversion.source = input;
  }
  if (!conversion.source)
    return std::nullopt;
  unsigned from =
      getElementTypeOrSelf(conversion.source->get()).getIntOrFloatBitWidth();
  unsigned to = result.getElementTypeBitWidth();
  conversion.widens =
      from < to && to <= 32 && isa<FloatType>(result.getElementType());
  conversion.narrows = from > to && isa<FloatType>(result.getElementType());
  return conversion;
}

bool coppice::kernels::isClamp(Operation *op) {
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  return generic && generic.hasPureTensorSemantics() &&
         generic.getNumDpsInputs() == 1 && generic.getNumDpsInits() == 1 &&
         llvm::all_of(generic.getIndexingMapsArray(),
                      [](AffineMap map) { return map.isIdentity(); }) &&
         llvm::all_of(*generic.getBody(), [](Operation &inner) {
           return isa<arith::MinimumFOp, arith::MaximumFOp, arith::ConstantOp,
                      linalg::YieldOp>(inner);
         });
}

bool FormatConversion::becomesWider() const {
  linalg::GenericOp generic = op;
  return getElementTypeOrSelf(source->get()).getIntOrFloatBitWidth() <
         getElementTypeOrSelf(generic.getResult(0)).getIntOrFloatBitWidth();
}

bool FormatConversion::becomesWiderFloat() const {
  linalg::GenericOp generic = op;
  Type from = getElementTypeOrSelf(source->get()),
       to = getElementTypeOrSelf(generic.getResult(0));
  return isa<FloatType>(to) &&
         (isa<IntegerType>(from) ||
          from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth());
}

TypedAttr FormatConversion::getZero() const {
  linalg::GenericOp generic = op;
  Value argument = generic.getMatchingBlockArgument(source);
  auto type = cast<TypedAttr>(
      Builder(generic.getContext())
          .getZeroAttr(getElementTypeOrSelf(source->get().getType())));
  for (Operation &inner : generic.getBody()->without_terminator()) {
    // Of these ops only the subtraction of a zero point changes 0.
    if (isa<arith::SubIOp>(inner))
      return {};
    auto sub = dyn_cast<arith::SubFOp>(inner);
    if (!sub)
      continue;
    auto zeroPoint = sub.getRhs().getDefiningOp<arith::ConstantOp>();
    Operation *code = sub.getLhs().getDefiningOp();
    auto integer = dyn_cast<IntegerType>(argument.getType());
    if (!zeroPoint || !integer ||
        !isa_and_nonnull<arith::SIToFPOp, arith::UIToFPOp>(code) ||
        code->getOperand(0) != argument)
      return {};
    auto value = cast<FloatAttr>(zeroPoint.getValue());
    return IntegerAttr::get(
        integer, APInt(64, static_cast<int64_t>(value.getValueAsDouble()),
                       /*isSigned=*/true)
                     .trunc(integer.getWidth()));
  }
  // A clamp keeps 0 only if 0 is in its range.
  for (Operation &inner : generic.getBody()->without_terminator()) {
    if (!isa<arith::MinimumFOp, arith::MaximumFOp>(inner))
      continue;
    auto bound = inner.getOperand(1).getDefiningOp<arith::ConstantOp>();
    if (!bound)
      return {};
    double value = cast<FloatAttr>(bound.getValue()).getValueAsDouble();
    if (isa<arith::MinimumFOp>(inner) ? value < 0 : value > 0)
      return {};
  }
  return type;
}

/// Returns the slice of `numbers` that loops over `shape` read by `map`. After
/// slicing, a loop that is an index by itself runs over a whole axis.
static Value takeRead(OpBuilder &builder, Location loc, Value numbers,
                      AffineMap map, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(numbers.getType());
  SmallVector<int64_t> sizes(type.getShape());
  for (auto [size, expr] : llvm::zip_equal(sizes, map.getResults()))
    if (auto loop = dyn_cast<AffineDimExpr>(expr))
      size = shape[loop.getPosition()];
  if (ArrayRef(sizes) == type.getShape())
    return numbers;
  SmallVector<OpFoldResult> starts(sizes.size(), builder.getIndexAttr(0)),
      strides(sizes.size(), builder.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(
      builder, loc, numbers, starts,
      getAsIndexOpFoldResult(builder.getContext(), sizes), strides);
}

/// Appends the loops that `expr` sums up, with their factors; false if it is no
/// such sum.
static bool collectTerms(AffineExpr expr, int64_t factor,
                         SmallVectorImpl<std::pair<int64_t, unsigned>> &terms) {
  if (auto loop = dyn_cast<AffineDimExpr>(expr)) {
    terms.emplace_back(factor, loop.getPosition());
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return collectTerms(binary.getLHS(), factor, terms) &&
           collectTerms(binary.getRHS(), factor, terms);
  auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return binary.getKind() == AffineExprKind::Mul && constant &&
         collectTerms(binary.getLHS(), factor * constant.getValue(), terms);
}

/// Splits the axes of `numbers` that several loops over `shape` read, such as
/// those of groups and of their channels, so that each loop has an axis of its
/// own. Changes nothing if an axis has elements that no loop reads.
static void splitAxes(OpBuilder &builder, Location loc, Value &numbers,
                      AffineMap &map, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(numbers.getType());
  SmallVector<int64_t> extents;
  SmallVector<AffineExpr> results;
  SmallVector<ReassociationIndices> groups;
  for (auto [expr, size] : llvm::zip_equal(map.getResults(), type.getShape())) {
    ReassociationIndices &group = groups.emplace_back();
    SmallVector<std::pair<int64_t, unsigned>> terms;
    if (!isa<AffineBinaryOpExpr>(expr)) {
      group.push_back(extents.size());
      extents.push_back(size);
      results.push_back(expr);
      continue;
    }
    if (!collectTerms(expr, 1, terms))
      return;
    // A loop of one iteration reads the first number.
    llvm::erase_if(terms, [&](auto term) { return shape[term.second] == 1; });
    if (terms.empty()) {
      group.push_back(extents.size());
      extents.push_back(size);
      results.push_back(builder.getAffineConstantExpr(0));
      continue;
    }
    llvm::sort(terms, std::greater<>());
    int64_t below = size;
    for (auto [factor, loop] : terms) {
      if (factor * shape[loop] != below)
        return;
      below = factor;
      group.push_back(extents.size());
      extents.push_back(shape[loop]);
      results.push_back(builder.getAffineDimExpr(loop));
    }
    if (below != 1)
      return;
  }
  if (extents.size() > size_t(type.getRank()))
    numbers = tensor::ExpandShapeOp::create(builder, loc, type.clone(extents),
                                            numbers, groups);
  map = AffineMap::get(map.getNumDims(), 0, results, map.getContext());
}

Value coppice::kernels::rebuildConversion(OpBuilder &builder,
                                          const FormatConversion &of,
                                          Value source, AffineMap map) {
  linalg::GenericOp old = of.op;
  auto type = cast<RankedTensorType>(source.getType());
  auto result = cast<RankedTensorType>(old.getResult(0).getType());
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  for (OpOperand *input : old.getDpsInputOperands()) {
    if (input == of.source) {
      inputs.push_back(source);
      maps.push_back(identity);
      continue;
    }
    maps.push_back(old.getMatchingIndexingMap(input).compose(map));
    inputs.push_back(takeRead(builder, old.getLoc(), input->get(), maps.back(),
                              type.getShape()));
    splitAxes(builder, old.getLoc(), inputs.back(), maps.back(),
              type.getShape());
  }
  maps.push_back(identity);
  Value init = tensor::EmptyOp::create(builder, old.getLoc(), type.getShape(),
                                       result.getElementType());
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto op = linalg::GenericOp::create(builder, old.getLoc(), init.getType(),
                                      inputs, init, maps, iterators);
  IRMapping mapping;
  old.getRegion().cloneInto(&op.getRegion(), mapping);
  return op.getResult(0);
}

bool coppice::kernels::changesUnitAxes(Operation *op) {
  if (!isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
    return false;
  auto from = cast<ShapedType>(op->getOperand(0).getType()),
       to = cast<ShapedType>(op->getResult(0).getType());
  if (from.getRank() < to.getRank())
    std::swap(from, to);
  return isRankReducedType(from, to) == SliceVerificationResult::Success;
}
