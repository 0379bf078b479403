//===- Window.cpp - Convolution and pooling: shapes and verifiers -*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Inference.h"
#include "dialects/NN/IR/NN.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

int64_t coppice::nn::windowOutputExtent(int64_t input, int64_t kernel,
                                        int64_t stride, int64_t dilation,
                                        int64_t padLow, int64_t padHigh) {
  int64_t padded, reach;
  if (llvm::AddOverflow(input, padLow, padded) ||
      llvm::AddOverflow(padded, padHigh, padded) ||
      llvm::MulOverflow(dilation, kernel - 1, reach))
    return -1;
  return reach >= padded ? -1 : (padded - reach - 1) / stride + 1;
}

/// Larger strides, pads, dilations and kernels are refused. Products of two
/// smaller ones do not overflow.
static constexpr int64_t kLargestAttribute =
    std::numeric_limits<int32_t>::max();

/// Checks the window attributes that all ops share. `error` emits a diagnostic.
static LogicalResult
checkWindow(function_ref<LogicalResult(const Twine &)> error,
            ArrayRef<int64_t> strides, ArrayRef<int64_t> pads,
            ArrayRef<int64_t> dilations) {
  if (strides.size() != 2 || dilations.size() != 2 || pads.size() != 4)
    return error("strides and dilations have 2 elements, pads 4 "
                 "([top, left, bottom, right])");
  if (llvm::any_of(strides, [](int64_t v) { return v < 1; }))
    return error("strides must be positive");
  if (llvm::any_of(dilations, [](int64_t v) { return v < 1; }))
    return error("dilations must be positive");
  if (llvm::any_of(pads, [](int64_t v) { return v < 0; }))
    return error("pads must not be negative");
  for (int64_t v : llvm::concat<const int64_t>(strides, pads, dilations))
    if (v > kLargestAttribute)
      return error(Twine(v) + " is too large for a stride, pad or dilation");
  return success();
}

/// Whether each of `count` windows holds an element of the input.
static bool holdElements(int64_t extent, int64_t count, int64_t kernel,
                         int64_t stride, int64_t dilation, int64_t pad) {
  // Fail if the first window ends, or the last one starts, in the padding.
  if (pad > dilation * (kernel - 1) || (count - 1) * stride - pad >= extent)
    return false;
  if (dilation <= extent)
    return true;
  // With a large dilation, the taps of a window that starts in the padding may
  // step over the input. Each such window enters the input at another offset,
  // until the offsets repeat.
  for (int64_t o = 0; o < count && o <= extent && o * stride < pad; ++o) {
    int64_t before = (pad - o * stride) % dilation;
    if ((before == 0 ? 0 : dilation - before) >= extent)
      return false;
  }
  return true;
}

/// Returns the shape of a convolution's result, or fails with a diagnostic.
static FailureOr<SmallVector<int64_t>>
convShape(function_ref<LogicalResult(const Twine &)> error,
          ArrayRef<int64_t> input, ArrayRef<int64_t> weight,
          ArrayRef<int64_t> strides, ArrayRef<int64_t> pads,
          ArrayRef<int64_t> dilations, int64_t groups) {
  if (input.size() != 4 || weight.size() != 4) {
    (void)error("input (NHWC) and weight (HWIO) must have rank 4");
    return failure();
  }
  if (failed(checkWindow(error, strides, pads, dilations)))
    return failure();
  if (groups < 1 || weight[3] % groups != 0) {
    (void)error("groups (" + Twine(groups) +
                ") must divide the output channels (" + Twine(weight[3]) + ")");
    return failure();
  }
  int64_t channels;
  if (llvm::MulOverflow(weight[2], groups, channels) || input[3] != channels) {
    (void)error("input has " + Twine(input[3]) + " channels, the weight " +
                Twine(weight[2]) + " in each of " + Twine(groups) + " groups");
    return failure();
  }
  SmallVector<int64_t> shape{input[0], 0, 0, weight[3]};
  for (int i = 0; i < 2; ++i) {
    shape[1 + i] = windowOutputExtent(input[1 + i], weight[i], strides[i],
                                      dilations[i], pads[i], pads[2 + i]);
    if (shape[1 + i] == -1) {
      (void)error("the window is larger than the padded input");
      return failure();
    }
  }
  return shape;
}

LogicalResult Conv2DOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &result) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto weight = cast<RankedTensorType>(adaptor.getWeight().getType());
  FailureOr<SmallVector<int64_t>> shape = convShape(
      [&](const Twine &message) { return emitOptionalError(loc, message); },
      input.getShape(), weight.getShape(), adaptor.getStrides(),
      adaptor.getPads(), adaptor.getDilations(), adaptor.getGroups());
  if (failed(shape))
    return failure();
  result.push_back(RankedTensorType::get(*shape, input.getElementType()));
  return success();
}

/// Verifies that the operands of a layer have one type, floats or integers, or
/// are all quantized.
static LogicalResult verifyFormat(Operation *op, TypeRange types) {
  if (!nn::detail::haveOneFormat(types))
    return op->emitOpError("mixes element types: ") << types;
  return success();
}

LogicalResult Conv2DOp::verify() {
  if (failed(nn::detail::verifyInferredTypes(*this)) ||
      failed(verifyFormat(*this, getOperandTypes())))
    return failure();
  if (Value bias = getBias()) {
    auto type = cast<RankedTensorType>(bias.getType());
    if (type.getRank() != 1 ||
        type.getDimSize(0) != getWeight().getType().getDimSize(3))
      return emitOpError("bias must have one element per output channel, not ")
             << type;
  }
  return success();
}

/// Verifies that the convolution which a conv2d gradient belongs to has a
/// result of `dy`'s shape.
static LogicalResult
verifyConvGrad(Operation *op, RankedTensorType input, RankedTensorType weight,
               RankedTensorType dy, ArrayRef<int64_t> strides,
               ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations,
               int64_t groups) {
  // A gradient may multiply codes by floats.
  if (!nn::detail::areFactors({input, weight, dy}))
    return op->emitOpError("mixes element types: ")
           << TypeRange{input, weight, dy};
  if (lowp::isQuantizedTensor(op->getResult(0).getType()) &&
      !nn::detail::haveOneFormat({input, weight, dy}))
    return op->emitOpError("sums products with floats to codes");
  FailureOr<SmallVector<int64_t>> shape = convShape(
      [&](const Twine &message) -> LogicalResult {
        return op->emitOpError(message);
      },
      input.getShape(), weight.getShape(), strides, pads, dilations, groups);
  if (failed(shape))
    return failure();
  if (ArrayRef<int64_t>(*shape) != dy.getShape()) {
    InFlightDiagnostic diag = op->emitOpError("dy has type ");
    diag << dy << ", but the convolution's result has shape ";
    llvm::interleave(
        *shape, [&](int64_t v) { diag << v; }, [&] { diag << "x"; });
    return diag;
  }
  return success();
}

LogicalResult Conv2DInputGradOp::verify() {
  return verifyConvGrad(*this, getResult().getType(), getWeight().getType(),
                        getDy().getType(), getStrides(), getPads(),
                        getDilations(), getGroups());
}

LogicalResult Conv2DWeightGradOp::verify() {
  return verifyConvGrad(*this, getInput().getType(), getResult().getType(),
                        getDy().getType(), getStrides(), getPads(),
                        getDilations(), getGroups());
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

static FailureOr<SmallVector<int64_t>>
poolShape(function_ref<LogicalResult(const Twine &)> error,
          ArrayRef<int64_t> input, ArrayRef<int64_t> kernel,
          ArrayRef<int64_t> strides, ArrayRef<int64_t> pads,
          ArrayRef<int64_t> dilations) {
  if (input.size() != 4) {
    (void)error("input (NHWC) must have rank 4");
    return failure();
  }
  if (failed(checkWindow(error, strides, pads, dilations)))
    return failure();
  if (kernel.size() != 2 || llvm::any_of(kernel, [](int64_t v) {
        return v < 1 || v > kLargestAttribute;
      })) {
    (void)error("kernel must be two positive extents");
    return failure();
  }
  SmallVector<int64_t> shape(input);
  for (int i = 0; i < 2; ++i) {
    shape[1 + i] = windowOutputExtent(input[1 + i], kernel[i], strides[i],
                                      dilations[i], pads[i], pads[2 + i]);
    if (shape[1 + i] == -1) {
      (void)error("the window is larger than the padded input");
      return failure();
    }
    // The maximum and the mean of a window of padding alone are undefined.
    if (!holdElements(input[1 + i], shape[1 + i], kernel[i], strides[i],
                      dilations[i], pads[i])) {
      (void)error("a window holds padding alone; lower the pads or the "
                  "dilation");
      return failure();
    }
  }
  return shape;
}

template <typename Adaptor>
static LogicalResult inferPool(std::optional<Location> loc, Adaptor adaptor,
                               SmallVectorImpl<Type> &result) {
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  FailureOr<SmallVector<int64_t>> shape = poolShape(
      [&](const Twine &message) { return emitOptionalError(loc, message); },
      input.getShape(), adaptor.getKernel(), adaptor.getStrides(),
      adaptor.getPads(), adaptor.getDilations());
  if (failed(shape))
    return failure();
  result.push_back(RankedTensorType::get(*shape, input.getElementType()));
  return success();
}

LogicalResult MaxPool2DOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &result) {
  return inferPool(loc, adaptor, result);
}
LogicalResult AvgPool2DOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &result) {
  return inferPool(loc, adaptor, result);
}

/// Whether each window of a pooling is one element, in the order of the input.
template <typename OpT> static bool isIdentity(OpT op) {
  auto isAll = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [&](int64_t v) { return v == value; });
  };
  return isAll(op.getKernel(), 1) && isAll(op.getPads(), 0) &&
         op.getInput().getType() == op.getType();
}

OpFoldResult MaxPool2DOp::fold(FoldAdaptor) {
  return isIdentity(*this) ? getInput() : OpFoldResult();
}

OpFoldResult AvgPool2DOp::fold(FoldAdaptor) {
  bool hasBorder =
      llvm::any_of(getBorder(), [](int64_t width) { return width != 0; });
  return isIdentity(*this) && !hasBorder ? getInput() : OpFoldResult();
}

LogicalResult AvgPool2DOp::verify() {
  ArrayRef<int64_t> border = getBorder(),
                    image = getInput().getType().getShape();
  if (border.size() != 4 ||
      llvm::any_of(border, [](int64_t n) { return n < 0; }))
    return emitOpError("border must be four numbers of rows and columns that "
                       "are not negative");
  for (int i = 0; i < 2; ++i) {
    int64_t held = border[i] + border[2 + i];
    if (held != 0 && !ShapedType::isDynamic(image[1 + i]) &&
        held >= image[1 + i])
      return emitOpError("border leaves nothing of the input ")
             << getInput().getType();
  }
  return success();
}

static LogicalResult
verifyPoolGrad(Operation *op, RankedTensorType input, RankedTensorType dy,
               ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
               ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations) {
  if (failed(verifyFormat(op, {input, dy})))
    return failure();
  FailureOr<SmallVector<int64_t>> shape = poolShape(
      [&](const Twine &message) -> LogicalResult {
        return op->emitOpError(message);
      },
      input.getShape(), kernel, strides, pads, dilations);
  if (failed(shape))
    return failure();
  if (ArrayRef<int64_t>(*shape) != dy.getShape())
    return op->emitOpError("dy has type ")
           << dy << ", which is not the shape of the pooling's result";
  return success();
}

LogicalResult MaxPool2DGradOp::verify() {
  if (getInput().getType() != getResult().getType())
    return emitOpError("result must have the input's type");
  return verifyPoolGrad(*this, getInput().getType(), getDy().getType(),
                        getKernel(), getStrides(), getPads(), getDilations());
}

LogicalResult AvgPool2DGradOp::verify() {
  return verifyPoolGrad(*this, getResult().getType(), getDy().getType(),
                        getKernel(), getStrides(), getPads(), getDilations());
}
