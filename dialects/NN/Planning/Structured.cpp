//===- Structured.cpp - Memory of norms, losses and shape ops ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/LowP/IR/Requantize.h"
#include "dialects/NN/IR/Geometry.h"
#include "dialects/NN/IR/TensorType.h"

using namespace mlir;
using namespace coppice::nn;
using coppice::TargetRecord;
using coppice::plan::ScratchStage;
namespace plan = coppice::plan;

void coppice::nn::detail::getAlikeOperands(
    Operation *op, SmallVectorImpl<unsigned> &operands) {
  Type type = plan::getStoredType(op->getResult(0).getType());
  for (OpOperand &operand : op->getOpOperands())
    if (plan::getStoredType(operand.get().getType()) == type)
      operands.push_back(operand.getOperandNumber());
}

//===----------------------------------------------------------------------===//
// Norms and losses: several passes over the input
//===----------------------------------------------------------------------===//

namespace {
/// The tensors of an op that works along `axes` of `input`, in the type in
/// which elements are summed. The kernel converts a narrower input as it loads.
struct Passes {
  Passes(Value input, ArrayRef<int64_t> axes) {
    RankedTensorType type = typeOf(input);
    full = type.clone(getAccumulatorType(type.getElementType()));
    kept = full.clone(keptShape(full.getShape(), axes));
    rounds = full != type;
  }
  /// A tensor of integers of `bits` with one element for each row of codes.
  RankedTensorType getRows(unsigned bits) const {
    return RankedTensorType::get(kept.getShape(),
                                 IntegerType::get(kept.getContext(), bits));
  }
  /// The same for real values of codes.
  void computeReal() {
    Type real = Float64Type::get(full.getContext());
    full = full.clone(real);
    kept = kept.clone(real);
  }
  RankedTensorType full, kept;
  /// Whether sums have another type than the input.
  bool rounds;
};
} // namespace

bool NormalizeOp::writesToDestination(unsigned result) { return result == 0; }

bool NormalizeOp::joinsConsumer() { return true; }

void NormalizeOp::getOverwritableOperands(unsigned result,
                                          SmallVectorImpl<unsigned> &operands) {
  if (result == 0)
    operands.push_back(0);
}

void NormalizeOp::getScratch(const TargetRecord &,
                             SmallVectorImpl<ScratchStage> &stages) {
  Passes p(getInput(), getAxes());
  if (coppice::lowp::isQuantizedTensor(getInput().getType())) {
    if (coppice::lowp::getRequantize(*this) ==
        coppice::lowp::Requantize::TFLite) {
      // The sums, and the sums of squares, which the roots overwrite.
      stages.push_back({{p.getRows(32), p.getRows(64)}});
      return;
    }
    p.computeReal();
    stages.push_back({{p.full, p.kept, p.kept}});
    return;
  }
  // The inverse deviation takes the place of the variance, and both are sums
  // that are divided in place, in the results if there are.
  ScratchStage stage{{p.kept}};
  if (!getUncentered() && (p.rounds || getMean().use_empty()))
    stage.tensors.push_back(p.kept);
  if (p.rounds && !getVariance().use_empty())
    stage.tensors.push_back(p.kept);
  stages.push_back(std::move(stage));
}

bool SoftmaxOp::joinsConsumer() { return true; }

void SoftmaxOp::getOverwritableOperands(unsigned,
                                        SmallVectorImpl<unsigned> &operands) {
  operands.push_back(0);
}

void SoftmaxOp::getScratch(const TargetRecord &,
                           SmallVectorImpl<ScratchStage> &stages) {
  Passes p(getInput(), getAxis());
  if (coppice::lowp::isQuantizedTensor(getInput().getType())) {
    // The largest code and the sum of the powers.
    stages.push_back({{p.getRows(8), p.getRows(64)}});
    return;
  }
  // The powers, first with the maximum, then with their sum.
  ScratchStage stage{{p.kept}};
  stage.inResult = p.full;
  stages.push_back(std::move(stage));
}

bool LogSoftmaxOp::joinsConsumer() { return true; }

void LogSoftmaxOp::getOverwritableOperands(
    unsigned, SmallVectorImpl<unsigned> &operands) {
  operands.push_back(0);
}

void LogSoftmaxOp::getScratch(const TargetRecord &,
                              SmallVectorImpl<ScratchStage> &stages) {
  Passes p(getInput(), getAxis());
  if (coppice::lowp::isQuantizedTensor(getInput().getType()))
    stages.push_back({{p.getRows(8), p.getRows(64)}});
  else
    stages.push_back({{p.kept, p.kept}});
}

void SoftmaxCrossEntropyOp::getScratch(const TargetRecord &,
                                       SmallVectorImpl<ScratchStage> &stages) {
  // The maximum of each row, and the logarithm of its sum of powers.
  Passes p(getLogits(), 1);
  stages.push_back({{p.kept, p.kept}});
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

bool ReduceOp::absorbsConsumer() { return true; }

bool ReduceOp::absorbsProducers() { return true; }

bool MatMulOp::absorbsConsumer() { return true; }

//===----------------------------------------------------------------------===//
// Ops that move elements
//===----------------------------------------------------------------------===//

std::optional<unsigned> ReshapeOp::getViewedOperand(unsigned) { return 0; }

bool TransposeOp::joinsProducer() { return true; }

bool TransposeOp::readsInOrder() { return false; }

bool ExpandOp::joinsConsumer() { return true; }

bool GatherOp::joinsConsumer() { return true; }

bool OneHotOp::joinsConsumer() { return true; }

bool DropoutOp::joinsConsumer() { return true; }

bool ResizeOp::joinsConsumer() { return true; }

void PadOp::getParts(SmallVectorImpl<plan::Part> &parts) {
  bool crops = llvm::any_of(getLow(), [](int64_t n) { return n < 0; }) ||
               llvm::any_of(getHigh(), [](int64_t n) { return n < 0; });
  if (getMode() == PadMode::constant && !crops)
    parts.push_back({0, SmallVector<int64_t>(getLow())});
}

Value PadOp::createFrame(OpBuilder &b) {
  RankedTensorType type = getType();
  SmallVector<int64_t> shape(typeOf(getInput()).getShape());
  for (auto [axis, extent] : llvm::enumerate(shape)) {
    if (extent == type.getDimSize(axis))
      continue;
    // Around an image without elements the border is all there is.
    extent = 0;
    SmallVector<int64_t> low(getLow()), high(getHigh());
    low[axis] = type.getDimSize(axis);
    high[axis] = 0;
    Value nothing =
        tensor::EmptyOp::create(b, getLoc(), shape, type.getElementType());
    return PadOp::create(b, getLoc(), type, nothing, low, high, getMode(),
                         getValue());
  }
  return {};
}

bool PadOp::joinsConsumer() { return getMode() != PadMode::constant; }

bool SliceOp::joinsConsumer() { return isReversed(getStrides()); }

void ConcatOp::getParts(SmallVectorImpl<plan::Part> &parts) {
  SmallVector<int64_t> offsets(getType().getRank(), 0);
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    parts.push_back({operand.getOperandNumber(), offsets});
    offsets[getAxis()] += typeOf(operand.get()).getDimSize(getAxis());
  }
}

std::optional<unsigned> SliceOp::getViewedOperand(unsigned) {
  if (isReversed(getStrides()))
    return std::nullopt;
  return 0;
}

SmallVector<int64_t> SliceOp::getViewSteps(unsigned) {
  return SmallVector<int64_t>(getStrides());
}

/// Appends the tensors between the steps of a resize, which works axis by axis.
static void getResampleScratch(RankedTensorType from, ArrayRef<int64_t> to,
                               ArrayRef<double> scales,
                               SmallVectorImpl<ScratchStage> &stages) {
  SmallVector<ResampledAxis> axes =
      getResampledAxes(from.getShape(), to, scales);
  for (size_t i = 1; i < axes.size(); ++i) {
    ScratchStage stage{{from.clone(axes[i - 1].shape)},
                       /*withResults=*/i + 1 == axes.size()};
    if (!stage.withResults)
      stage.tensors.push_back(from.clone(axes[i].shape));
    stages.push_back(std::move(stage));
  }
}

void ResizeOp::getScratch(const TargetRecord &,
                          SmallVectorImpl<ScratchStage> &stages) {
  RankedTensorType from = typeOf(getInput());
  // Codes are moved as they are, and interpolated as sums of integers or as
  // real values.
  if (coppice::lowp::isQuantizedTensor(from) && getMode() == ResizeMode::linear)
    from =
        coppice::lowp::getRequantize(*this) == coppice::lowp::Requantize::TFLite
            ? from.clone(IntegerType::get(getContext(), 32))
            : from.clone(Float64Type::get(getContext()));
  getResampleScratch(from, typeOf(getResult()).getShape(), getScales(), stages);
}

void ResizeGradOp::getScratch(const TargetRecord &,
                              SmallVectorImpl<ScratchStage> &stages) {
  getResampleScratch(typeOf(getDy()), typeOf(getResult()).getShape(),
                     getScales(), stages);
}
