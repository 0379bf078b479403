//===- Contraction.cpp - Sums of products -----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Ops.h"

#include "lib/Reference/FixedPoint.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::Operation;

template <typename T>
static std::vector<T> convolve(nn::Conv2DOp op, ArrayRef<T> x, ArrayRef<T> w) {
  ArrayRef<int64_t> in = shapeOf(op.getInput()),
                    kernel = shapeOf(op.getWeight()),
                    out = op.getType().getShape();
  ArrayRef<int64_t> strides = op.getStrides(), pads = op.getPads(),
                    dilations = op.getDilations();
  int64_t features = out[3], inGroup = kernel[2];
  int64_t outGroup = features / op.getGroups();
  SmallVector<int64_t> base;
  for (int64_t f = 0; f < features; ++f)
    base.push_back(f / outGroup * inGroup);
  std::vector<T> y(mlir::ShapedType::getNumElements(out), T(0));
  forEachIndex(out.drop_back(), [&](ArrayRef<int64_t> at) {
    T *row = &y[flatIndex(at, out.drop_back()) * features];
    for (int64_t i = 0; i < kernel[0]; ++i)
      for (int64_t j = 0; j < kernel[1]; ++j) {
        int64_t h = at[1] * strides[0] - pads[0] + i * dilations[0];
        int64_t v = at[2] * strides[1] - pads[1] + j * dilations[1];
        if (h < 0 || h >= in[1] || v < 0 || v >= in[2])
          continue;
        const T *pixel = &x[((at[0] * in[1] + h) * in[2] + v) * in[3]];
        const T *taps = &w[(i * kernel[1] + j) * inGroup * features];
        for (int64_t c = 0; c < inGroup; ++c)
          for (int64_t f = 0; f < features; ++f)
            row[f] += pixel[base[f] + c] * taps[c * features + f];
      }
  });
  return y;
}

template <typename T>
static std::vector<T> multiplyMatrices(nn::MatMulOp op, ArrayRef<T> a,
                                       ArrayRef<T> b) {
  ArrayRef<int64_t> lhs = shapeOf(op.getLhs()), rhs = shapeOf(op.getRhs()),
                    out = op.getType().getShape();
  int64_t depth = lhs[lhs.size() - (op.getTransposeLhs() ? 2 : 1)];
  std::vector<T> y;
  forEachIndex(out, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> left(index), right(index);
    size_t rows = index.size() - 2, columns = index.size() - 1;
    T sum(0);
    for (int64_t k = 0; k < depth; ++k) {
      left[rows] = op.getTransposeLhs() ? k : index[rows];
      left[columns] = op.getTransposeLhs() ? index[rows] : k;
      right[rows] = op.getTransposeRhs() ? index[columns] : k;
      right[columns] = op.getTransposeRhs() ? k : index[columns];
      sum += a[flatIndex(left, lhs)] * b[flatIndex(right, rhs)];
    }
    y.push_back(sum);
  });
  return y;
}

static std::vector<double> sumProducts(Operation *op, ArrayRef<double> x,
                                       ArrayRef<double> w) {
  if (auto conv = dyn_cast<nn::Conv2DOp>(op))
    return convolve<double>(conv, x, w);
  return multiplyMatrices<double>(cast<nn::MatMulOp>(op), x, w);
}

std::vector<int64_t> reference::sumProducts(Operation *op, ArrayRef<int64_t> x,
                                            ArrayRef<int64_t> w) {
  if (auto conv = dyn_cast<nn::Conv2DOp>(op))
    return convolve<int64_t>(conv, x, w);
  return multiplyMatrices<int64_t>(cast<nn::MatMulOp>(op), x, w);
}

void reference::addBias(ReferenceTensor &y, const ReferenceTensor &bias) {
  size_t channels = bias.reals.size();
  // The scale of a bias in the file is in single precision.
  bool isFixed = y.isFixed() && bias.isFixed();
  for (size_t i = 0; isFixed && i < y.reals.size(); ++i)
    isFixed = std::abs(y.scales[i] - bias.scales[i % channels]) <=
              std::max(y.scales[i] / 65536, 0x1p-126);
  for (size_t i = 0; i < y.reals.size(); ++i) {
    y.reals[i] += bias.reals[i % channels];
    if (isFixed)
      y.sums[i] = fixedpoint::saturate32(y.sums[i] + bias.sums[i % channels]);
  }
  if (!isFixed)
    y.sums.clear();
}

static ReferenceTensor sumOfProducts(Operation *op, const ReferenceTensor &x,
                                     const ReferenceTensor &w,
                                     const ReferenceTensor *bias) {
  ReferenceTensor y;
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  y.shape.assign(shape.begin(), shape.end());
  y.op = isa<nn::Conv2DOp>(op) ? "conv2d" : "matmul";
  y.reals = sumProducts(op, x.reals, w.reals);
  if (x.isFixed() && w.isFixed() && all_equal(x.scales)) {
    y.sums = sumProducts(op, x.sums, w.sums);
    // There is one scale for each output channel, for all input channels.
    auto matmul = dyn_cast<nn::MatMulOp>(op);
    int64_t columns = shape.back();
    int64_t step = matmul && matmul.getTransposeRhs() ? w.shape.back() : 1;
    for (size_t i = 0; i < y.reals.size(); ++i)
      y.scales.push_back(x.scales[0] * w.scales[int64_t(i) % columns * step]);
  }
  if (bias)
    addBias(y, *bias);
  return y;
}

std::optional<ReferenceTensor>
reference::evaluateContraction(Operation *op, Operands operands) {
  if (!isa<nn::Conv2DOp, nn::MatMulOp>(op))
    return std::nullopt;
  return sumOfProducts(op, *operands[0], *operands[1],
                       operands.size() > 2 ? operands[2] : nullptr);
}
