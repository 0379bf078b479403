//===- Window.cpp - Memory of convolution and pooling -----------*- C++ -*-===//
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

/// `type` in the format that `operand` is stored in: a kernel converts it as it
/// loads.
static RankedTensorType asStored(Value operand, RankedTensorType type) {
  auto conversion = operand.getDefiningOp<coppice::plan::PlanningOpInterface>();
  if (!conversion || !conversion.getViewedOperand(0))
    return type;
  auto from = typeOf(conversion->getOperand(*conversion.getViewedOperand(0)));
  if (from.getShape() != typeOf(operand).getShape())
    return type;
  return type.clone(from.getElementType());
}

/// The image as windows read it.
static RankedTensorType bordered(Value image, ArrayRef<int64_t> result,
                                 ArrayRef<int64_t> kernel,
                                 ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> pads,
                                 ArrayRef<int64_t> dilations) {
  RankedTensorType type = typeOf(image);
  return padSpatial(type, reachedPads(type.getShape(), result, kernel, strides,
                                      pads, dilations));
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

RankedTensorType Conv2DOp::getStoredOperandType(unsigned operand) {
  if (operand != 0)
    return typeOf(getOperand(operand));
  return bordered(getInput(), typeOf(getResult()).getShape(),
                  typeOf(getWeight()).getShape().take_front(2), getStrides(),
                  getPads(), getDilations());
}

bool Conv2DOp::writesToDestination(unsigned) {
  // A bias is added apart, straight into the destination.
  return getBias() ||
         !hasSplitChannels(typeOf(getWeight()).getShape(), getGroups());
}

bool Conv2DOp::absorbsConsumer() {
  return !hasSplitChannels(typeOf(getWeight()).getShape(), getGroups());
}

bool Conv2DOp::joinsConsumer() { return getBias() && !absorbsConsumer(); }

void Conv2DOp::getScratch(const TargetRecord &,
                          SmallVectorImpl<ScratchStage> &stages) {
  if (getBias() && !absorbsConsumer())
    stages.push_back({{typeOf(getResult())}});
}

/// The one phase of an input gradient of stride 1.
static std::optional<InputGradPhase> getOnlyPhase(Conv2DInputGradOp op) {
  std::vector<InputGradPhase> phases = getPhases(op);
  if (phases.size() != 1 || phases[0].step[0] * phases[0].step[1] != 1)
    return std::nullopt;
  return phases[0];
}

/// Whether `dy` as a phase reads it can hold `dy` itself: nothing is dropped.
static bool holdsAll(const SpatialSpread &spread, Value dy) {
  return !spread.isIdentity && ArrayRef(spread.sizes) == typeOf(dy).getShape();
}

RankedTensorType Conv2DInputGradOp::getStoredOperandType(unsigned operand) {
  if (operand == 0)
    for (const InputGradPhase &phase : getPhases(*this))
      if (holdsAll(phase.dy, getDy()))
        return typeOf(getDy()).clone(phase.dy.shape);
  return typeOf(getOperand(operand));
}

bool Conv2DInputGradOp::writesToDestination(unsigned) {
  return !getOnlyPhase(*this) ||
         !hasSplitChannels(typeOf(getWeight()).getShape(), getGroups());
}

bool Conv2DInputGradOp::absorbsConsumer() {
  return getOnlyPhase(*this) &&
         !hasSplitChannels(typeOf(getWeight()).getShape(), getGroups());
}

void Conv2DInputGradOp::getScratch(const TargetRecord &,
                                   SmallVectorImpl<ScratchStage> &stages) {
  RankedTensorType dy = typeOf(getDy()), weight = typeOf(getWeight());
  RankedTensorType stored = getStoredOperandType(0);
  bool split = hasSplitChannels(weight.getShape(), getGroups());
  for (const InputGradPhase &phase : getPhases(*this)) {
    ScratchStage stage;
    RankedTensorType spread = dy.clone(phase.dy.shape);
    if (!phase.dy.isIdentity && spread != stored)
      stage.tensors.push_back(asStored(getDy(), spread));
    stage.tensors.push_back(asStored(
        getWeight(), weight.clone(reversedWeightShape(
                         weight.getShape(), getGroups(), phase.taps))));
    // What has to be reshaped is stored before it goes where it belongs.
    if (split)
      stage.tensors.push_back(
          typeOf(getResult())
              .clone({dy.getDimSize(0), phase.sizes[0], phase.sizes[1],
                      typeOf(getResult()).getDimSize(3)}));
    stages.push_back(std::move(stage));
  }
}

RankedTensorType Conv2DWeightGradOp::getStoredOperandType(unsigned operand) {
  if (operand != 0)
    return typeOf(getOperand(operand));
  return bordered(getInput(), typeOf(getDy()).getShape(),
                  typeOf(getResult()).getShape().take_front(2), getStrides(),
                  getPads(), getDilations());
}

bool Conv2DWeightGradOp::writesToDestination(unsigned) {
  return getGroups() == 1;
}

bool Conv2DWeightGradOp::absorbsConsumer() { return getGroups() == 1; }

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// Whether the pooled image is reshaped into the result.
template <typename OpT> static bool isReduction(OpT op) {
  return coversImage(op.getStoredOperandType(0).getShape(),
                     typeOf(op.getResult()).getShape(), op.getKernel(),
                     op.getDilations());
}

RankedTensorType MaxPool2DOp::getStoredOperandType(unsigned) {
  RankedTensorType type =
      bordered(getInput(), typeOf(getResult()).getShape(), getKernel(),
               getStrides(), getPads(), getDilations());
  if (type == getInput().getType())
    return type;
  // Not zeros: what never wins.
  return type.cloneWithEncoding(StringAttr::get(getContext(), "lowest"));
}

bool MaxPool2DOp::writesToDestination(unsigned) { return !isReduction(*this); }

bool MaxPool2DOp::absorbsConsumer() { return !isReduction(*this); }

RankedTensorType AvgPool2DOp::getStoredOperandType(unsigned) {
  return bordered(getInput(), typeOf(getResult()).getShape(), getKernel(),
                  getStrides(), getPads(), getDilations());
}

bool AvgPool2DOp::absorbsConsumer() { return !isReduction(*this); }

bool AvgPool2DOp::joinsConsumer() { return !absorbsConsumer(); }

void AvgPool2DOp::getScratch(const TargetRecord &,
                             SmallVectorImpl<ScratchStage> &stages) {
  // The sum, where the division is not its epilogue.
  RankedTensorType type = typeOf(getResult());
  if (!absorbsConsumer())
    stages.push_back({{type.clone(getAccumulatorType(type.getElementType()))}});
}

void AvgPool2DGradOp::getScratch(const TargetRecord &,
                                 SmallVectorImpl<ScratchStage> &stages) {
  // The divided gradient, and that with zeros around it.
  ScratchStage stage{{typeOf(getDy())}};
  SpatialSpread spread = spreadWindows(*this);
  if (!spread.isIdentity &&
      !coversImage(typeOf(getResult()).getShape(), typeOf(getDy()).getShape(),
                   getKernel(), getDilations()))
    stage.tensors.push_back(typeOf(getDy()).clone(spread.shape));
  stages.push_back(std::move(stage));
}
