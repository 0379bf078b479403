//===- LowPOps.cpp - Verifiers and gradients of conversions -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/IR/LowP.h"

#include "mlir/IR/PatternMatch.h"

#include <cmath>

using namespace mlir;
using namespace coppice::lowp;
using coppice::train::GradientContext;

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

static LogicalResult verifySameShape(Operation *op) {
  auto from = cast<RankedTensorType>(op->getOperand(0).getType());
  auto to = cast<RankedTensorType>(op->getResult(0).getType());
  if (from.getShape() != to.getShape())
    return op->emitOpError("input and result differ in shape: ")
           << from << " and " << to;
  return success();
}

/// Verifies that there is one scale for each index of an axis of the tensor.
static LogicalResult verifyAxis(Operation *op, Type type) {
  quant::QuantizedType quantized = getQuantizedType(type);
  if (!quantized)
    return success();
  Scales scales = getScales(quantized);
  auto tensor = cast<RankedTensorType>(type);
  if (scales.axis < 0)
    return success();
  if (scales.axis >= tensor.getRank())
    return op->emitOpError("has scales along axis ")
           << scales.axis << " of a tensor of rank " << tensor.getRank();
  int64_t extent = tensor.getDimSize(scales.axis);
  if (extent != int64_t(scales.scales.size()))
    return op->emitOpError("has ")
           << scales.scales.size() << " scales for the " << extent
           << " indices of axis " << scales.axis;
  return success();
}

LogicalResult QuantizeOp::verify() {
  if (failed(verifySameShape(*this)))
    return failure();
  return verifyAxis(*this, getResult().getType());
}

LogicalResult DequantizeOp::verify() {
  if (failed(verifySameShape(*this)))
    return failure();
  return verifyAxis(*this, getInput().getType());
}

static LogicalResult verifyMask(Operation *op, RankedTensorType of,
                                Type maskType) {
  auto mask = cast<RankedTensorType>(maskType);
  if (of.hasStaticShape() &&
      mask.getDimSize(0) != getMaskBytes(of.getNumElements()))
    return op->emitOpError("the mask of ")
           << of.getNumElements() << " elements has "
           << getMaskBytes(of.getNumElements()) << " bytes, not " << mask;
  return success();
}

LogicalResult ClampOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  if (failed(verifySameShape(*this)) || failed(verifyAxis(*this, input)))
    return failure();
  quant::QuantizedType from = getQuantizedType(input);
  quant::QuantizedType to = getQuantizedType(result);
  if (withStorage(from, to.getStorageTypeIntegralWidth(), to.isSigned(),
                  to.getStorageTypeMin(), to.getStorageTypeMax()) != to)
    return emitOpError("must keep scale and zero point: ")
           << from << " and " << to;
  return verifyMask(*this, input, getMask().getType());
}

LogicalResult SelectByMaskOp::verify() {
  return verifyMask(*this, cast<RankedTensorType>(getInput().getType()),
                    getMask().getType());
}

/// Verifies `lowp.fake_quant` and its gradients.
template <typename OpTy> static LogicalResult verifyFakeQuant(OpTy op) {
  RankedTensorType input = cast<RankedTensorType>(op.getInput().getType());
  auto scale = cast<RankedTensorType>(op.getScale().getType());
  int64_t low = op.getQmin(), high = op.getQmax(), zero = op.getZeroPoint();
  if (low >= high)
    return op.emitOpError("has no codes in [") << low << ", " << high << "]";
  if (zero < low || zero > high)
    return op.emitOpError("zero point ")
           << zero << " is outside [" << low << ", " << high << "]";
  std::optional<int64_t> axis = op.getAxis();
  if (!axis) {
    if (scale.getRank() != 0)
      return op.emitOpError("needs an axis for the scales ") << scale;
    return success();
  }
  if (*axis < 0 || *axis >= input.getRank())
    return op.emitOpError("has scales along axis ")
           << *axis << " of a tensor of rank " << input.getRank();
  if (scale.getRank() != 1 || scale.getDimSize(0) != input.getDimSize(*axis))
    return op.emitOpError("needs ")
           << input.getDimSize(*axis) << " scales along axis " << *axis
           << ", not " << scale;
  return success();
}

template <typename OpTy> static LogicalResult verifyGradientScale(OpTy op) {
  double scale = op.getGradientScale().convertToDouble();
  if (!(scale >= 0 && std::isfinite(scale)))
    return op.emitOpError("gradient_scale ")
           << scale << " is negative or not finite";
  return success();
}

LogicalResult FakeQuantizeOp::verify() {
  return failure(failed(verifyFakeQuant(*this)) ||
                 failed(verifyGradientScale(*this)));
}

LogicalResult FakeQuantizeInputGradOp::verify() {
  return verifyFakeQuant(*this);
}

LogicalResult FakeQuantizeScaleGradOp::verify() {
  return failure(failed(verifyFakeQuant(*this)) ||
                 failed(verifyGradientScale(*this)));
}

LogicalResult LayerNormOp::verify() {
  auto type = cast<RankedTensorType>(getInput().getType());
  if (failed(verifySameShape(*this)))
    return failure();
  if (type.getRank() == 0 ||
      type.getShape().back() != int64_t(getGamma().size()) ||
      getGamma().size() != getBeta().size())
    return emitOpError("has ")
           << getGamma().size() << " factors and " << getBeta().size()
           << " addends for the last axis of " << type;
  auto hasOneScale = [](Type codes) {
    return isa<quant::UniformQuantizedType>(getQuantizedType(codes));
  };
  if (!hasOneScale(type) || !hasOneScale(getResult().getType()))
    return emitOpError("needs one scale for all of its input, and one for all "
                       "of its result");
  auto isFinite = [](double x) { return std::isfinite(x); };
  if (!llvm::all_of(getGamma(), isFinite) || !llvm::all_of(getBeta(), isFinite))
    return emitOpError("has a factor or an addend that is not finite");
  double epsilon = getEpsilon().convertToDouble();
  if (!(epsilon > 0 && std::isfinite(epsilon)))
    return emitOpError("epsilon must be positive and finite");
  if (type.getShape().back() == 0)
    return emitOpError("normalizes rows without elements");
  return success();
}

LogicalResult RangeMaskOp::verify() {
  if (!(getLow().convertToDouble() < getHigh().convertToDouble()))
    return emitOpError("has an empty range: low must be below high");
  return verifyMask(*this, cast<RankedTensorType>(getInput().getType()),
                    getMask().getType());
}

/// Verifies that an op has a seed exactly if it rounds stochastically.
template <typename OpT> static LogicalResult verifySeed(OpT op) {
  bool wantsSeed = op.getMode() == RoundingMode::stochastic;
  if (wantsSeed != bool(op.getSeed()))
    return op.emitOpError(wantsSeed ? "rounds stochastically: needs a seed"
                                    : "rounds without a random number: takes "
                                      "no seed");
  return success();
}

LogicalResult RoundOp::verify() {
  if (failed(verifySameShape(*this)))
    return failure();
  return verifySeed(*this);
}

/// Verifies that there is one scale for each index of the last axis.
static LogicalResult verifyChannels(Operation *op, Type codes, Type scales) {
  auto type = cast<RankedTensorType>(codes);
  int64_t count = cast<RankedTensorType>(scales).getDimSize(0);
  if (type.getRank() == 0 || type.getShape().back() != count)
    return op->emitOpError("has ")
           << count << " scales for the channels of " << type;
  return success();
}

LogicalResult EncodeOp::verify() {
  if (failed(verifySameShape(*this)) ||
      failed(
          verifyChannels(*this, getCodes().getType(), getScales().getType())))
    return failure();
  return verifySeed(*this);
}

LogicalResult DecodeOp::verify() {
  if (failed(verifySameShape(*this)))
    return failure();
  return verifyChannels(*this, getCodes().getType(), getScales().getType());
}

//===----------------------------------------------------------------------===//
// Planning
//===----------------------------------------------------------------------===//

SmallVector<int64_t> coppice::lowp::getMaskRows(int64_t elements) {
  if (elements % 8 == 0)
    return {elements / 8, 8};
  return {elements};
}

/// The shape in which a kernel reads `value`, whose elements have a mask.
static SmallVector<int64_t> getRowsOf(Value value) {
  return coppice::lowp::getMaskRows(
      cast<ShapedType>(value.getType()).getNumElements());
}

std::optional<SmallVector<int64_t>> ClampOp::getReadShape(unsigned) {
  return getRowsOf(getInput());
}

std::optional<SmallVector<int64_t>> RangeMaskOp::getReadShape(unsigned) {
  return getRowsOf(getInput());
}

std::optional<SmallVector<int64_t>>
SelectByMaskOp::getReadShape(unsigned operand) {
  if (operand != 0 || !computesRows())
    return std::nullopt;
  return getRowsOf(getInput());
}

bool SelectByMaskOp::computesRows() {
  int64_t elements = cast<ShapedType>(getType()).getNumElements();
  return elements < 8 || elements % 8 == 0;
}

void SelectByMaskOp::getScratch(
    const coppice::TargetRecord &,
    SmallVectorImpl<coppice::plan::ScratchStage> &stages) {
  if (!computesRows())
    stages.push_back({{RankedTensorType::get(
        {8 * getMaskBytes(cast<ShapedType>(getType()).getNumElements())},
        IntegerType::get(getContext(), 8))}});
}

void LayerNormOp::getScratch(
    const coppice::TargetRecord &,
    SmallVectorImpl<coppice::plan::ScratchStage> &stages) {
  auto type = cast<RankedTensorType>(getInput().getType());
  auto perRow = [&](unsigned bits) {
    return RankedTensorType::get(type.getShape().drop_back(),
                                 IntegerType::get(getContext(), bits));
  };
  // The sums, and the sums of squares, which the roots overwrite.
  stages.push_back({{perRow(32), perRow(64)}});
}

//===----------------------------------------------------------------------===//
// Canonicalization
//===----------------------------------------------------------------------===//

namespace {
/// Joins a clamp to the layer that it follows, if no op reads its mask.
struct JoinClamp : OpRewritePattern<ClampOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ClampOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getMask().use_empty())
      return rewriter.notifyMatchFailure(op, "its mask is read");
    Operation *layer = op.getInput().getDefiningOp();
    if (!isa_and_nonnull<coppice::train::GradientOpInterface>(layer) ||
        !layer->hasOneUse() || layer->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "not the only use of a layer");
    quant::QuantizedType wide = getQuantizedType(op.getInput().getType());
    quant::QuantizedType narrow = getQuantizedType(op.getResult().getType());
    if (narrow.getStorageTypeMin() < wide.getStorageTypeMin() ||
        narrow.getStorageTypeMax() > wide.getStorageTypeMax())
      return rewriter.notifyMatchFailure(op, "the layer clamps more");
    // An op that moves codes keeps their type, so it cannot clamp.
    if (llvm::any_of(layer->getOperandTypes(), [&](Type type) {
          return getElementTypeOrSelf(type) == wide;
        }))
      return rewriter.notifyMatchFailure(op,
                                         "the layer's operands are as wide");
    rewriter.modifyOpInPlace(
        layer, [&] { layer->getResult(0).setType(op.getResult().getType()); });
    rewriter.replaceAllUsesWith(op.getResult(), layer->getResult(0));
    rewriter.eraseOp(op);
    return success();
  }
};
} // namespace

void ClampOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<JoinClamp>(context);
}

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

// Rounding is straight-through. `--lowp-split-clamps` has split the clamp off a
// quantize before its gradient is built, so the derivative is 1.
void QuantizeOp::getGradientReads(const llvm::SmallBitVector &,
                                  SmallVectorImpl<Value> &) {}

LogicalResult
QuantizeOp::buildGradient(GradientContext &, ArrayRef<Value> resultGradients,
                          const llvm::SmallBitVector &,
                          SmallVectorImpl<Value> &operandGradients) {
  operandGradients[0] = resultGradients[0];
  return success();
}

void DequantizeOp::getGradientReads(const llvm::SmallBitVector &,
                                    SmallVectorImpl<Value> &) {}

LogicalResult
DequantizeOp::buildGradient(GradientContext &, ArrayRef<Value> resultGradients,
                            const llvm::SmallBitVector &,
                            SmallVectorImpl<Value> &operandGradients) {
  operandGradients[0] = resultGradients[0];
  return success();
}

void ClampOp::getGradientReads(const llvm::SmallBitVector &,
                               SmallVectorImpl<Value> &reads) {
  reads.push_back(getMask());
}

LogicalResult ClampOp::buildGradient(GradientContext &ctx,
                                     ArrayRef<Value> resultGradients,
                                     const llvm::SmallBitVector &,
                                     SmallVectorImpl<Value> &operandGradients) {
  Value dy = resultGradients[0];
  operandGradients[0] = SelectByMaskOp::create(
      ctx.builder, ctx.loc, dy.getType(), dy, ctx.read(getMask()));
  return success();
}

bool FakeQuantizeOp::isDifferentiable(unsigned operand) {
  return operand == 0 || getGradientScale().isNonZero();
}

void FakeQuantizeOp::getGradientReads(const llvm::SmallBitVector &,
                                      SmallVectorImpl<Value> &reads) {
  reads.push_back(getInput());
  reads.push_back(getScale());
}

LogicalResult
FakeQuantizeOp::buildGradient(GradientContext &ctx,
                              ArrayRef<Value> resultGradients,
                              const llvm::SmallBitVector &wanted,
                              SmallVectorImpl<Value> &operandGradients) {
  Value dy = resultGradients[0];
  Value x = ctx.read(getInput()), s = ctx.read(getScale());
  if (wanted[0])
    operandGradients[0] = FakeQuantizeInputGradOp::create(
        ctx.builder, ctx.loc, x.getType(), dy, x, s, getQminAttr(),
        getQmaxAttr(), getZeroPointAttr(), getAxisAttr());
  if (wanted[1])
    operandGradients[1] = FakeQuantizeScaleGradOp::create(
        ctx.builder, ctx.loc, s.getType(), dy, x, s, getQminAttr(),
        getQmaxAttr(), getZeroPointAttr(), getAxisAttr(),
        getGradientScaleAttr(), getRelaxedAttr());
  return success();
}
