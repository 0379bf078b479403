//===- Gradients.cpp - Backward ops without a forward op --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Each gradient is the transpose of its forward op: an input element gets a
// share of the gradient of each result element that it contributed to.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Ops.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::Operation;

ReferenceTensor reference::zeros(ArrayRef<int64_t> shape) {
  ReferenceTensor result;
  result.shape.assign(shape.begin(), shape.end());
  result.reals.assign(mlir::ShapedType::getNumElements(shape), 0);
  return result;
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

/// Calls `visit` with flat indices of input, weight and output for every
/// product of a convolution.
template <typename OpT>
static void
forEachProduct(OpT op, ArrayRef<int64_t> in, ArrayRef<int64_t> kernel,
               ArrayRef<int64_t> out,
               function_ref<void(int64_t, int64_t, int64_t)> visit) {
  int64_t outGroup = out[3] / op.getGroups();
  forEachIndex(out, [&](ArrayRef<int64_t> at) {
    int64_t y = flatIndex(at, out);
    for (int64_t i = 0; i < kernel[0]; ++i)
      for (int64_t j = 0; j < kernel[1]; ++j) {
        int64_t h = at[1] * op.getStrides()[0] - op.getPads()[0] +
                    i * op.getDilations()[0];
        int64_t v = at[2] * op.getStrides()[1] - op.getPads()[1] +
                    j * op.getDilations()[1];
        if (h < 0 || h >= in[1] || v < 0 || v >= in[2])
          continue;
        int64_t first = at[3] / outGroup * kernel[2];
        for (int64_t c = 0; c < kernel[2]; ++c)
          visit(((at[0] * in[1] + h) * in[2] + v) * in[3] + first + c,
                ((i * kernel[1] + j) * kernel[2] + c) * kernel[3] + at[3], y);
      }
  });
}

std::optional<ReferenceTensor>
reference::evaluateContractionGradient(Operation *op, Operands operands) {
  if (auto grad = dyn_cast<nn::Conv2DInputGradOp>(op)) {
    const ReferenceTensor &dy = *operands[0], &w = *operands[1];
    ReferenceTensor dx = zeros(shapeOf(grad));
    forEachProduct(grad, dx.shape, w.shape, dy.shape,
                   [&](int64_t x, int64_t k, int64_t y) {
                     dx.reals[x] += dy.reals[y] * w.reals[k];
                   });
    return dx;
  }
  if (auto grad = dyn_cast<nn::Conv2DWeightGradOp>(op)) {
    const ReferenceTensor &in = *operands[0], &dy = *operands[1];
    ReferenceTensor dw = zeros(shapeOf(grad));
    forEachProduct(grad, in.shape, dw.shape, dy.shape,
                   [&](int64_t x, int64_t k, int64_t y) {
                     dw.reals[k] += in.reals[x] * dy.reals[y];
                   });
    return dw;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Movement, pooling, reduction
//===----------------------------------------------------------------------===//

/// Adds element i of `from` to element `target(index)` of zeros.
static ReferenceTensor
scatter(const ReferenceTensor &from, ArrayRef<int64_t> shape,
        function_ref<int64_t(ArrayRef<int64_t>)> target) {
  ReferenceTensor result = zeros(shape);
  int64_t i = 0;
  forEachIndex(from.shape, [&](ArrayRef<int64_t> index) {
    result.reals[target(index)] += from.reals[i++];
  });
  return result;
}

static ReferenceTensor gatherGradient(nn::GatherGradOp op,
                                      const ReferenceTensor &dy,
                                      const ReferenceTensor &indices) {
  ArrayRef<int64_t> shape = shapeOf(op);
  int64_t axis = op.getAxis();
  auto rank = static_cast<int64_t>(indices.shape.size());
  return scatter(dy, shape, [&](ArrayRef<int64_t> index) {
    int64_t at = flatIndex(index.slice(axis, rank), indices.shape);
    auto taken = static_cast<int64_t>(indices.reals[at]);
    if (taken < 0)
      taken += shape[axis];
    SmallVector<int64_t> to(index.take_front(axis));
    to.push_back(std::clamp<int64_t>(taken, 0, shape[axis] - 1));
    append_range(to, index.drop_front(axis + rank));
    return flatIndex(to, shape);
  });
}

static ReferenceTensor maxPoolGradient(nn::MaxPool2DGradOp op,
                                       const ReferenceTensor &x,
                                       const ReferenceTensor &dy) {
  ReferenceTensor dx = zeros(x.shape);
  Gathered windows = gatherWindows(op, x.shape, dy.shape, /*countPads=*/false);
  for (auto [i, window] : enumerate(windows.sources)) {
    if (window.empty())
      continue;
    int64_t first = *llvm::max_element(
        window, [&](int64_t a, int64_t b) { return x.reals[a] < x.reals[b]; });
    dx.reals[first] += dy.reals[i];
  }
  return dx;
}

static ReferenceTensor avgPoolGradient(nn::AvgPool2DGradOp op,
                                       const ReferenceTensor &dy) {
  ReferenceTensor dx = zeros(shapeOf(op));
  Gathered windows =
      gatherWindows(op, dx.shape, dy.shape, op.getCountIncludePad());
  for (auto [i, window] : enumerate(windows.sources))
    for (int64_t j : window)
      dx.reals[j] += dy.reals[i] / static_cast<double>(windows.counts[i]);
  return dx;
}

static ReferenceTensor productGradient(nn::ProdGradOp op,
                                       const ReferenceTensor &x) {
  ReferenceTensor y = zeros(x.shape);
  for (const auto &group : gatherAxes(x.shape, op.getAxes()).sources)
    for (int64_t i : group) {
      double product = 1;
      for (int64_t j : group)
        product *= i == j ? 1 : x.reals[j];
      y.reals[i] = product;
    }
  return y;
}

std::optional<ReferenceTensor>
reference::evaluateMovementGradient(Operation *op, Operands operands) {
  const ReferenceTensor &first = *operands[0];
  return TypeSwitch<Operation *, std::optional<ReferenceTensor>>(op)
      .Case([&](nn::SliceGradOp slice) {
        ArrayRef<int64_t> shape = shapeOf(slice);
        return scatter(first, shape, [&](ArrayRef<int64_t> index) {
          SmallVector<int64_t> to;
          for (auto [i, start, stride] :
               zip(index, slice.getStarts(), slice.getStrides()))
            to.push_back(start + i * stride);
          return flatIndex(to, shape);
        });
      })
      .Case([&](nn::GatherGradOp take) {
        return gatherGradient(take, first, *operands[1]);
      })
      .Case([&](nn::MaxPool2DGradOp pool) {
        return maxPoolGradient(pool, first, *operands[1]);
      })
      .Case([&](nn::AvgPool2DGradOp pool) {
        return avgPoolGradient(pool, first);
      })
      .Case([&](nn::ProdGradOp product) {
        return productGradient(product, first);
      })
      .Default([](Operation *) { return std::nullopt; });
}
