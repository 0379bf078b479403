//===- InputUses.cpp - Requirements of a value's users ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/Analysis/InputUses.h"

#include "dialects/LowP/IR/LowP.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/NN/IR/TensorType.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

//===----------------------------------------------------------------------===//
// Requirements of single ops
//===----------------------------------------------------------------------===//

namespace {
template <typename ModelT, typename OpTy>
using Model = InputUseOpInterface::ExternalModel<ModelT, OpTy>;

struct GatherModel : Model<GatherModel, GatherOp> {
  std::optional<IndexBounds> getIndexBounds(Operation *op, OpOperand &operand,
                                            BoundsOf) const {
    auto gather = cast<GatherOp>(op);
    if (&operand != &gather.getIndicesMutable())
      return std::nullopt;
    int64_t extent = typeOf(gather.getInput()).getDimSize(gather.getAxis());
    return IndexBounds{-extent, extent - 1};
  }
  bool keepsElements(Operation *op, OpOperand &operand) const {
    return &operand == &cast<GatherOp>(op).getInputMutable();
  }
};

/// An op whose result contains all elements of each operand.
template <typename ModelT, typename OpTy>
struct MoveModel : Model<ModelT, OpTy> {
  std::optional<IndexBounds> getIndexBounds(Operation *op, OpOperand &,
                                            BoundsOf boundsOf) const {
    return boundsOf(op->getResult(0));
  }
  bool keepsElements(Operation *, OpOperand &) const { return true; }
};

/// A move that keeps the axes, and the channel axis if no extent changes.
template <typename OpTy>
struct KeepAxesModel : MoveModel<KeepAxesModel<OpTy>, OpTy> {
  std::optional<int64_t> getChannelAxis(Operation *op, OpOperand &operand,
                                        ChannelAxisOf axisOf) const {
    Value result = op->getResult(0);
    return typeOf(result).getShape() == typeOf(operand.get()).getShape()
               ? axisOf(result)
               : std::nullopt;
  }
};

/// The axis of `to` that is axis `axis` of `from`, which has the same elements
/// in row-major order: the extents before it and its own are the same. Of axes
/// of extent 1 that differ in nothing, the last.
std::optional<int64_t> findAxis(ArrayRef<int64_t> from, int64_t axis,
                                ArrayRef<int64_t> to) {
  if (from == to)
    return axis;
  auto countBefore = [](ArrayRef<int64_t> shape, int64_t axis) {
    int64_t count = 1;
    for (int64_t extent : shape.take_front(axis))
      count *= extent;
    return count;
  };
  for (int64_t i = to.size(); i-- > 0;)
    if (to[i] == from[axis] && countBefore(to, i) == countBefore(from, axis))
      return i;
  return std::nullopt;
}

struct ReshapeModel : MoveModel<ReshapeModel, ReshapeOp> {
  std::optional<int64_t> getChannelAxis(Operation *op, OpOperand &operand,
                                        ChannelAxisOf axisOf) const {
    Value result = op->getResult(0);
    std::optional<int64_t> axis = axisOf(result);
    if (!axis)
      return std::nullopt;
    return findAxis(typeOf(result).getShape(), *axis,
                    typeOf(operand.get()).getShape());
  }
  bool forwards(Operation *, OpOperand &) const { return true; }
};

struct TransposeModel : MoveModel<TransposeModel, TransposeOp> {
  std::optional<int64_t> getChannelAxis(Operation *op, OpOperand &,
                                        ChannelAxisOf axisOf) const {
    std::optional<int64_t> axis = axisOf(op->getResult(0));
    if (!axis)
      return std::nullopt;
    return cast<TransposeOp>(op).getPermutation()[*axis];
  }
  bool forwards(Operation *, OpOperand &) const { return true; }
};

struct CastModel : Model<CastModel, CastOp> {
  std::optional<IndexBounds> getIndexBounds(Operation *op, OpOperand &operand,
                                            BoundsOf boundsOf) const {
    Type from = typeOf(operand.get()).getElementType(),
         to = typeOf(op->getResult(0)).getElementType();
    bool keeps = isa<IntegerType>(from) && isa<IntegerType>(to) &&
                 to.getIntOrFloatBitWidth() >= from.getIntOrFloatBitWidth();
    return keeps ? boundsOf(op->getResult(0)) : std::nullopt;
  }
  std::optional<int64_t> getChannelAxis(Operation *op, OpOperand &,
                                        ChannelAxisOf axisOf) const {
    return axisOf(op->getResult(0));
  }
  // A cast to another float type rounds, but keeps the elements.
  bool keepsElements(Operation *op, OpOperand &operand) const {
    return isa<FloatType>(typeOf(operand.get()).getElementType()) &&
           isa<FloatType>(typeOf(op->getResult(0)).getElementType());
  }
  bool forwards(Operation *, OpOperand &) const { return true; }
};

/// An op along some axes, or on each element.
template <typename ModelT, typename OpTy>
struct AlongAxes : Model<ModelT, OpTy> {
  std::optional<int64_t> getChannelAxis(Operation *op, OpOperand &,
                                        ChannelAxisOf axisOf) const {
    return axisOf(op->getResult(0));
  }
};

/// A conversion between reals and codes, real or fake, of its first operand.
template <typename OpTy>
struct ConversionModel : AlongAxes<ConversionModel<OpTy>, OpTy> {
  bool forwards(Operation *, OpOperand &operand) const {
    return operand.getOperandNumber() == 0;
  }
};

struct SliceModel : AlongAxes<SliceModel, SliceOp> {
  bool keepsElements(Operation *, OpOperand &) const { return true; }
};

struct PadModel : AlongAxes<PadModel, PadOp> {
  bool keepsElements(Operation *op, OpOperand &) const {
    auto pad = cast<PadOp>(op);
    return pad.getMode() != PadMode::constant ||
           llvm::all_of(
               llvm::concat<const int64_t>(pad.getLow(), pad.getHigh()),
               [](int64_t amount) { return amount <= 0; });
  }
};

struct ResizeModel : AlongAxes<ResizeModel, ResizeOp> {
  bool keepsElements(Operation *op, OpOperand &) const {
    return cast<ResizeOp>(op).getMode() == ResizeMode::nearest;
  }
};

struct DropoutModel : AlongAxes<DropoutModel, DropoutOp> {
  bool keepsElements(Operation *op, OpOperand &operand) const {
    return &operand == &cast<DropoutOp>(op).getInputMutable();
  }
};

/// An op that moves windows over its first operand, N x H x W x C.
template <typename OpTy> struct WindowModel : Model<WindowModel<OpTy>, OpTy> {
  std::optional<int64_t> getChannelAxis(Operation *, OpOperand &operand,
                                        ChannelAxisOf) const {
    if (operand.getOperandNumber() != 0)
      return std::nullopt;
    return 3;
  }
};
} // namespace

void nn::registerInputUseModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, NNDialect *,
                            lowp::LowPDialect *) {
    GatherOp::attachInterface<GatherModel>(*context);
    ReshapeOp::attachInterface<ReshapeModel>(*context);
    ExpandOp::attachInterface<KeepAxesModel<ExpandOp>>(*context);
    ConcatOp::attachInterface<KeepAxesModel<ConcatOp>>(*context);
    TransposeOp::attachInterface<TransposeModel>(*context);
    CastOp::attachInterface<CastModel>(*context);
    PadOp::attachInterface<PadModel>(*context);
    SliceOp::attachInterface<SliceModel>(*context);
    ResizeOp::attachInterface<ResizeModel>(*context);
    DropoutOp::attachInterface<DropoutModel>(*context);
    lowp::QuantizeOp::attachInterface<ConversionModel<lowp::QuantizeOp>>(
        *context);
    lowp::DequantizeOp::attachInterface<ConversionModel<lowp::DequantizeOp>>(
        *context);
    lowp::FakeQuantizeOp::attachInterface<
        ConversionModel<lowp::FakeQuantizeOp>>(*context);
    lowp::ClampOp::attachInterface<ConversionModel<lowp::ClampOp>>(*context);
    Conv2DOp::attachInterface<WindowModel<Conv2DOp>>(*context);
    Conv2DInputGradOp::attachInterface<WindowModel<Conv2DInputGradOp>>(
        *context);
    MaxPool2DOp::attachInterface<WindowModel<MaxPool2DOp>>(*context);
    AvgPool2DOp::attachInterface<WindowModel<AvgPool2DOp>>(*context);
  });
}

//===----------------------------------------------------------------------===//
// Requirements of all users of a value
//===----------------------------------------------------------------------===//

std::optional<IndexBounds> InputUses::getIndexBounds(Value value) {
  auto [it, isNew] = bounds.try_emplace(value, std::nullopt);
  if (!isNew)
    return it->second;
  std::optional<IndexBounds> result;
  for (OpOperand &use : value.getUses()) {
    auto op = dyn_cast<InputUseOpInterface>(use.getOwner());
    if (!op)
      continue;
    std::optional<IndexBounds> asked = op.getIndexBounds(
        use, [&](Value inner) { return getIndexBounds(inner); });
    if (!asked)
      continue;
    if (!result)
      result = asked;
    result->low = std::max(result->low, asked->low);
    result->high = std::min(result->high, asked->high);
  }
  bounds[value] = result;
  return result;
}

std::optional<int64_t> InputUses::getChannelAxis(Value value) {
  auto [it, isNew] = axes.try_emplace(value, std::nullopt);
  if (!isNew)
    return it->second;
  std::optional<int64_t> result;
  auto axisOf = [&](Value inner) { return getChannelAxis(inner); };
  for (OpOperand &use : value.getUses()) {
    std::optional<int64_t> axis;
    if (auto op = dyn_cast<InputUseOpInterface>(use.getOwner()))
      axis = op.getChannelAxis(use, axisOf);
    else if (isa<ElementwiseOpInterface>(use.getOwner()) &&
             typeOf(value).getShape() ==
                 typeOf(use.getOwner()->getResult(0)).getShape())
      axis = axisOf(use.getOwner()->getResult(0));
    // Users that name different axes leave the axis open.
    if (axis && result && *axis != *result)
      return std::nullopt;
    if (axis)
      result = axis;
  }
  axes[value] = result;
  return result;
}
