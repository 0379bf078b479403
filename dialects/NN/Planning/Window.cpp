//===- Window.cpp - Memory of convolution and pooling -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Geometry.h"
#include "dialects/NN/IR/TensorType.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace coppice::nn;
using coppice::TargetRecord;
using coppice::plan::Border;
using coppice::plan::PlanningOpInterface;
using coppice::plan::ScratchStage;

/// Returns `type` with the element type that `operand` is stored in: if the
/// consumer converts it as it loads, that of the narrower source.
static RankedTensorType asStored(Value operand, RankedTensorType type) {
  while (auto conversion = operand.getDefiningOp<PlanningOpInterface>()) {
    if (!conversion.isComputedByReaders())
      break;
    operand = conversion->getOperand(0);
  }
  return type.clone(typeOf(operand).getElementType());
}

//===----------------------------------------------------------------------===//
// Borders
//===----------------------------------------------------------------------===//

/// Returns a border of rows and columns around an image: [top, left, bottom,
/// right].
static std::optional<Border> makeBorder(ArrayRef<int64_t> pads,
                                        bool isLowest = false) {
  if (llvm::all_of(pads, [](int64_t pad) { return pad == 0; }) ||
      llvm::any_of(pads, [](int64_t pad) { return pad < 0; }))
    return std::nullopt;
  return Border{{0, pads[0], pads[1], 0}, {0, pads[2], pads[3], 0}, isLowest};
}

/// Returns the rows and columns outside of `image` that the windows of `op`
/// reach.
template <typename OpT>
static SmallVector<int64_t> getReach(OpT op, Value image,
                                     ArrayRef<int64_t> result,
                                     ArrayRef<int64_t> kernel) {
  return reachedPads(typeOf(image).getShape(), result, kernel, op.getStrides(),
                     op.getPads(), op.getDilations());
}

/// Returns the pads that are left once `border` is part of the image.
static SmallVector<int64_t> lessPads(ArrayRef<int64_t> pads,
                                     const Border &border) {
  return {pads[0] - border.low[1], pads[1] - border.low[2],
          pads[2] - border.high[1], pads[3] - border.high[2]};
}

Value coppice::nn::detail::createBorder(OpBuilder &b, Value image,
                                        const Border &border) {
  double value = 0;
  auto integer = dyn_cast<IntegerType>(typeOf(image).getElementType());
  if (border.isLowest && integer)
    value = integer.isUnsignedInteger()
                ? 0
                : -std::ldexp(1.0, integer.getWidth() - 1);
  else if (border.isLowest)
    value = -std::numeric_limits<double>::infinity();
  SmallVector<int64_t> shape(typeOf(image).getShape());
  for (auto [extent, low, high] :
       llvm::zip_equal(shape, border.low, border.high))
    extent += low + high;
  return PadOp::create(b, image.getLoc(), typeOf(image).clone(shape), image,
                       border.low, border.high, PadMode::constant,
                       APFloat(value));
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

std::optional<Border> Conv2DOp::getBorder(unsigned operand) {
  if (operand != 0)
    return std::nullopt;
  return makeBorder(getReach(*this, getInput(), typeOf(getResult()).getShape(),
                             typeOf(getWeight()).getShape().take_front(2)));
}

void Conv2DOp::readBordered(unsigned operand, Value image) {
  setPads(lessPads(getPads(), *getBorder(operand)));
  (*this)->setOperand(operand, image);
}

/// Whether a step after the sum, the addition of a bias or the conversion of
/// sums to codes, computes the result of `op`.
static bool hasLastStep(Conv2DOp op) {
  return op.getBias() || coppice::lowp::isQuantizedTensor(op.getType());
}

bool Conv2DOp::writesToDestination(unsigned) {
  // The last step writes the result into the destination; a sum with split
  // channels then goes to scratch.
  return hasLastStep(*this) ||
         !hasSplitChannels(typeOf(getWeight()).getShape(), getGroups());
}

bool Conv2DOp::absorbsConsumer() {
  return !hasSplitChannels(typeOf(getWeight()).getShape(), getGroups());
}

bool Conv2DOp::joinsConsumer() {
  return hasLastStep(*this) && !absorbsConsumer();
}

void Conv2DOp::getScratch(const TargetRecord &,
                          SmallVectorImpl<ScratchStage> &stages) {
  if (!hasLastStep(*this) || absorbsConsumer())
    return;
  RankedTensorType sums = typeOf(getResult());
  if (coppice::lowp::isQuantizedTensor(sums))
    sums = sums.clone(IntegerType::get(getContext(), 32));
  stages.push_back({{sums}});
}

std::optional<Border> Conv2DInputGradOp::getBorder(unsigned operand) {
  if (operand != 0)
    return std::nullopt;
  // The border must hold the pads of every phase. A phase with zeros between
  // the rows of dy spreads dy itself, so dy needs no border.
  SmallVector<int64_t> pads(4, 0);
  for (const InputGradPhase &phase : getPhases(*this)) {
    if (!phase.dy.isDense)
      return std::nullopt;
    for (int i = 0; i < 2; ++i) {
      int64_t low = -phase.dy.offset[i];
      int64_t reach = phase.dy.offset[i] + phase.dy.shape[1 + i];
      pads[i] = std::max(pads[i], low);
      pads[2 + i] =
          std::max(pads[2 + i], reach - typeOf(getDy()).getDimSize(1 + i));
    }
  }
  return makeBorder(pads);
}

void Conv2DInputGradOp::readBordered(unsigned operand, Value image) {
  // One row of dy moves the result by `stride` rows.
  Border border = *getBorder(operand);
  SmallVector<int64_t> pads(getPads());
  for (int i = 0; i < 2; ++i) {
    pads[i] += border.low[1 + i] * getStrides()[i];
    pads[2 + i] += border.high[1 + i] * getStrides()[i];
  }
  setPads(pads);
  (*this)->setOperand(operand, image);
}

bool Conv2DInputGradOp::writesToDestination(unsigned) {
  return !getOnlyPhase(*this) ||
         !hasSplitChannels(typeOf(getWeight()).getShape(), getGroups());
}

/// Whether only a conversion to a narrower float, with or without a clamp to
/// its range, reads the result: each phase then writes its part in that format.
static bool isNarrowed(Conv2DInputGradOp op) {
  Operation *reader = op;
  do {
    if (!reader->hasOneUse())
      return false;
    reader = *reader->user_begin();
  } while (isa<ClipOp>(reader));
  auto cast = dyn_cast<CastOp>(reader);
  return cast && cast.narrowsFloats();
}

bool Conv2DInputGradOp::absorbsConsumer() {
  return (getOnlyPhase(*this) || isNarrowed(*this)) &&
         !hasSplitChannels(typeOf(getWeight()).getShape(), getGroups());
}

void Conv2DInputGradOp::getScratch(const TargetRecord &,
                                   SmallVectorImpl<ScratchStage> &stages) {
  RankedTensorType dy = typeOf(getDy()), weight = typeOf(getWeight());
  bool split = hasSplitChannels(weight.getShape(), getGroups());
  for (const InputGradPhase &phase : getPhases(*this)) {
    ScratchStage stage;
    RankedTensorType spread = dy.clone(phase.dy.shape);
    if (!phase.dy.isPart)
      stage.tensors.push_back(asStored(getDy(), spread));
    stage.tensors.push_back(asStored(
        getWeight(), weight.clone(reversedWeightShape(
                         weight.getShape(), getGroups(), phase.taps))));
    // A part with split channels is stored first, reshaped and inserted.
    if (split && !getOnlyPhase(*this))
      stage.tensors.push_back(
          typeOf(getResult())
              .clone({dy.getDimSize(0), phase.sizes[0], phase.sizes[1],
                      typeOf(getResult()).getDimSize(3)}));
    stages.push_back(std::move(stage));
  }
}

std::optional<Border> Conv2DWeightGradOp::getBorder(unsigned operand) {
  if (operand != 0)
    return std::nullopt;
  return makeBorder(getReach(*this, getInput(), typeOf(getDy()).getShape(),
                             typeOf(getResult()).getShape().take_front(2)));
}

void Conv2DWeightGradOp::readBordered(unsigned operand, Value image) {
  setPads(lessPads(getPads(), *getBorder(operand)));
  (*this)->setOperand(operand, image);
}

bool Conv2DWeightGradOp::writesToDestination(unsigned) {
  return getGroups() == 1;
}

bool Conv2DWeightGradOp::absorbsConsumer() { return getGroups() == 1; }

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

std::optional<Border> MaxPool2DOp::getBorder(unsigned) {
  // The border of a max pool holds the lowest value, which is never the
  // maximum.
  return makeBorder(
      getReach(*this, getInput(), typeOf(getResult()).getShape(), getKernel()),
      /*isLowest=*/true);
}

void MaxPool2DOp::readBordered(unsigned operand, Value image) {
  setPads(lessPads(getPads(), *getBorder(operand)));
  (*this)->setOperand(operand, image);
}

bool MaxPool2DOp::absorbsConsumer() { return true; }

std::optional<Border> AvgPool2DOp::getBorder(unsigned) {
  return makeBorder(
      getReach(*this, getInput(), typeOf(getResult()).getShape(), getKernel()));
}

void AvgPool2DOp::readBordered(unsigned operand, Value image) {
  Border border = *getBorder(operand);
  SmallVector<int64_t> held(getBorder());
  for (int i = 0; i < 2; ++i) {
    held[i] += border.low[1 + i];
    held[2 + i] += border.high[1 + i];
  }
  setPads(lessPads(getPads(), border));
  setBorder(held);
  (*this)->setOperand(operand, image);
}

bool AvgPool2DOp::absorbsConsumer() { return true; }

void AvgPool2DGradOp::getScratch(const TargetRecord &,
                                 SmallVectorImpl<ScratchStage> &stages) {
  // The divided gradient, which is written among zeros where it is spread. That
  // of a window as large as the image is broadcast as it is divided.
  RankedTensorType dy = typeOf(getDy());
  if (coversImage(typeOf(getResult()).getShape(), dy.getShape(), getKernel(),
                  getDilations()))
    return;
  SpatialSpread spread = spreadWindows(*this);
  stages.push_back({{spread.isPart ? dy : dy.clone(spread.shape)}});
}
