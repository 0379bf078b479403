//===- Structured.cpp - Memory of norms, losses and shape ops ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Geometry.h"
#include "dialects/NN/IR/TensorType.h"

using namespace mlir;
using namespace coppice::nn;
using coppice::TargetRecord;
using coppice::plan::ScratchStage;
namespace plan = coppice::plan;

void coppice::nn::detail::getAlikeOperands(
    Operation *op, SmallVectorImpl<unsigned> &operands) {
  for (OpOperand &operand : op->getOpOperands())
    if (operand.get().getType() == op->getResult(0).getType())
      operands.push_back(operand.getOperandNumber());
}

//===----------------------------------------------------------------------===//
// Norms and losses: several passes over the input
//===----------------------------------------------------------------------===//

namespace {
/// The tensors of an op that works along `axes` of `input`, in the type in
/// which elements are summed.
struct Passes {
  Passes(Value input, ArrayRef<int64_t> axes) {
    RankedTensorType type = typeOf(input);
    full = type.clone(getAccumulatorType(type.getElementType()));
    kept = full.clone(keptShape(full.getShape(), axes));
    if (full != type)
      converted.push_back(full);
  }
  ScratchStage stage(ArrayRef<RankedTensorType> tensors, bool withResults) {
    ScratchStage stage{converted, withResults};
    llvm::append_range(stage.tensors, tensors);
    return stage;
  }
  RankedTensorType full, kept;
  /// The input in the type of sums, if the input is narrower.
  SmallVector<RankedTensorType, 4> converted;
};
} // namespace

bool NormalizeOp::writesToDestination(unsigned result) { return result == 0; }

bool NormalizeOp::joinsConsumer() { return true; }

void NormalizeOp::getScratch(const TargetRecord &,
                             SmallVectorImpl<ScratchStage> &stages) {
  // First stage: the mean, the squares and their sum. Second: the inverse
  // deviation.
  Passes p(getInput(), getAxes());
  stages.push_back(p.stage({p.full, p.kept, p.kept}, /*withResults=*/false));
  stages.push_back(p.stage({p.kept, p.kept, p.kept}, /*withResults=*/true));
}

bool SoftmaxOp::joinsConsumer() { return true; }

void SoftmaxOp::getScratch(const TargetRecord &,
                           SmallVectorImpl<ScratchStage> &stages) {
  // The powers, the maximum and the sum of the powers.
  Passes p(getInput(), getAxis());
  stages.push_back(p.stage({p.full, p.kept, p.kept}, /*withResults=*/true));
}

bool LogSoftmaxOp::joinsConsumer() { return true; }

void LogSoftmaxOp::getScratch(const TargetRecord &,
                              SmallVectorImpl<ScratchStage> &stages) {
  Passes p(getInput(), getAxis());
  stages.push_back(p.stage({p.full, p.kept, p.kept}, /*withResults=*/false));
  stages.push_back(p.stage({p.kept, p.kept, p.kept}, /*withResults=*/true));
}

void SoftmaxCrossEntropyOp::getScratch(const TargetRecord &,
                                       SmallVectorImpl<ScratchStage> &stages) {
  Passes p(getLogits(), 1);
  RankedTensorType sum = p.full.clone(ArrayRef<int64_t>());
  stages.push_back(p.stage({p.full, p.kept, p.kept}, /*withResults=*/false));
  stages.push_back(p.stage({p.kept, p.kept, sum}, /*withResults=*/true));
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

bool ReduceOp::writesToDestination(unsigned) { return !getKeepdims(); }

bool ReduceOp::absorbsConsumer() { return !getKeepdims(); }

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

void SliceGradOp::getScratch(const TargetRecord &,
                             SmallVectorImpl<ScratchStage> &stages) {
  if (isReversed(getStrides()))
    stages.push_back({{typeOf(getDy())}});
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
  getResampleScratch(typeOf(getInput()), typeOf(getResult()).getShape(),
                     getScales(), stages);
}

void ResizeGradOp::getScratch(const TargetRecord &,
                              SmallVectorImpl<ScratchStage> &stages) {
  getResampleScratch(typeOf(getDy()), typeOf(getResult()).getShape(),
                     getScales(), stages);
}
