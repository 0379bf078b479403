//===- Contraction.cpp - Convolution and matmul to linalg -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"

using namespace mlir;
using namespace coppice;
using Iterator = LinalgBuilder::Iterator;

static SmallVector<Iterator> iterators(size_t parallel, size_t reduction) {
  SmallVector<Iterator> result(parallel, Iterator::parallel);
  result.append(reduction, Iterator::reduction);
  return result;
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

Value coppice::padSpatial(LinalgBuilder &b, Value input, ArrayRef<int64_t> pads,
                          Value value) {
  if (llvm::all_of(pads, [](int64_t pad) { return pad == 0; }))
    return input;
  auto type = nn::padSpatial(cast<RankedTensorType>(input.getType()), pads);
  return b.insertSlice(input, b.filled(type.getShape(), value),
                       {0, pads[0], pads[1], 0}, {1, 1, 1, 1});
}

Value coppice::spreadSpatial(LinalgBuilder &b, Value dy,
                             const nn::SpatialSpread &spread) {
  if (spread.isPart)
    return b.extractSlice(dy, spread.starts, spread.sizes, {1, 1, 1, 1});
  Value result = b.zeros(spread.shape, b.elementOf(dy));
  if (spread.sizes[1] == 0 || spread.sizes[2] == 0)
    return result;
  Value part = b.extractSlice(dy, spread.starts, spread.sizes, {1, 1, 1, 1});
  return b.insertSlice(part, result, spread.at, spread.strides);
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

/// Convolves an input that needs no more padding. The weight is KH×KW×Ci×(G Fo)
/// and groups are G.
static Value convolve(LinalgBuilder &b, Value x, Value w, int64_t groups,
                      ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
                      int64_t height, int64_t width,
                      const CodeProduct *codes = nullptr) {
  SmallVector<int64_t> in(b.shapeOf(x)), window(b.shapeOf(w));
  int64_t n = in[0], ci = window[2], f = window[3], fo = f / groups;
  SmallVector<int64_t> shape{n, height, width, f};
  // Loops: n, oh, ow, channels of the result; kh, kw, channels of a group.
  size_t outer = nn::hasSplitChannels(window, groups) ? 5 : 4;
  unsigned dims = outer + (ci == 1 && groups > 1 ? 2 : 3);
  AffineExpr kh = b.dim(outer), kw = b.dim(outer + 1), c = b.dim(dims - 1);
  SmallVector<AffineExpr> xs{b.dim(0),
                             b.dim(1) * strides[0] + kh * dilations[0],
                             b.dim(2) * strides[1] + kw * dilations[1]};
  SmallVector<AffineExpr> ws{kh, kw};
  SmallVector<AffineExpr> ys{b.dim(0), b.dim(1), b.dim(2), b.dim(3)};
  SmallVector<int64_t> inner{n, height, width};
  if (groups == 1) {
    xs.push_back(c);
    ws.append({c, b.dim(3)});
    inner.push_back(f);
  } else {
    xs.push_back(b.dim(3));
    inner.push_back(groups);
    if (outer == 5) {
      ys.push_back(b.dim(4));
      inner.push_back(fo);
    }
    if (ci == 1) {
      // A depthwise convolution sums over the window alone. One axis is dropped
      // first, and then one is split, so that scales of channels follow.
      ws.append(ys.begin() + 3, ys.end());
      w = b.reshape(w, {window[0], window[1], f});
      if (outer == 5)
        w = b.reshape(w, {window[0], window[1], groups, fo});
    } else {
      xs.push_back(c);
      ws.append({c, b.dim(3), b.dim(4)});
      x = b.reshape(x, {n, in[1], in[2], groups, ci});
      w = b.reshape(w, {window[0], window[1], ci, groups, fo});
    }
  }
  Value y = b.contract(x, b.map(dims, xs), w, b.map(dims, ws), inner,
                       b.map(dims, ys), iterators(outer, dims - outer), codes);
  return b.reshape(y, shape);
}

Value coppice::convolve(LinalgBuilder &b, nn::Conv2DOp op, Value x, Value w,
                        Value padding, const CodeProduct *codes) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  x = padSpatial(b, x,
                 nn::reachedPads(b.shapeOf(x), shape,
                                 b.shapeOf(w).take_front(2), op.getStrides(),
                                 op.getPads(), op.getDilations()),
                 padding);
  return ::convolve(b, x, w, op.getGroups(), op.getStrides(), op.getDilations(),
                    shape[1], shape[2], codes);
}

/// Adds `bias`, if any, along the last axis. The addition is separate from the
/// sum, so that it fuses with the activation.
static Value addBias(LinalgBuilder &b, Value y, Value bias) {
  if (!bias)
    return y;
  Type element = b.elementOf(y);
  return b.pointwise(
      b.shapeOf(y), element, {y, bias},
      [&](OpBuilder &body, Location loc, ValueRange args) {
        return nn::ScalarExpr(body, loc, element, false).add(args[0], args[1]);
      });
}

static Value lowerConv2D(LinalgBuilder &b, nn::Conv2DOp op,
                         nn::Conv2DOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  Value y = convolve(b, op, x, adaptor.getWeight(), b.scalar(b.elementOf(x), 0),
                     /*codes=*/nullptr);
  return addBias(b, y, adaptor.getBias());
}

/// Returns the weight for an input gradient that is computed as a convolution:
/// the taps of a phase in reverse, with input and output channels swapped
/// within each group.
static Value reversedWeight(LinalgBuilder &b, Value w, int64_t groups,
                            const nn::InputGradPhase &phase) {
  SmallVector<int64_t> window(b.shapeOf(w));
  SmallVector<int64_t> shape =
      nn::reversedWeightShape(window, groups, phase.taps);
  SmallVector<AffineExpr> from;
  for (int i = 0; i < 2; ++i)
    from.push_back(
        b.getAffineConstantExpr(phase.firstTap[i] +
                                phase.tapStep[i] * (phase.taps[i] - 1)) -
        b.dim(i) * phase.tapStep[i]);
  auto copy = [](OpBuilder &, Location, ValueRange args) { return args[0]; };
  if (groups == 1) {
    from.append({b.dim(3), b.dim(2)});
  } else {
    from.append({b.dim(4), b.dim(3), b.dim(2)});
    w = b.reshape(
        w, {window[0], window[1], window[2], groups, window[3] / groups});
  }
  Value result =
      b.parallel(shape, b.elementOf(w), w, b.map(shape.size(), from), copy);
  return b.reshape(result, {phase.taps[0], phase.taps[1], window[3] / groups,
                            groups * window[2]});
}

Value coppice::convolveBack(LinalgBuilder &b, nn::Conv2DInputGradOp op,
                            Value dy, Value w, const CodeProduct *codes) {
  SmallVector<int64_t> shape(op.getType().getShape());
  ArrayRef<int64_t> kernel = op.getWeight().getType().getShape().take_front(2);
  int64_t groups = op.getGroups();
  std::vector<nn::InputGradPhase> phases = nn::getPhases(op);
  auto convolvePhase = [&](const nn::InputGradPhase &phase) {
    return ::convolve(b, spreadSpatial(b, dy, phase.dy),
                      reversedWeight(b, w, groups, phase), groups, {1, 1},
                      op.getDilations(), phase.sizes[0], phase.sizes[1], codes);
  };
  if (std::optional<nn::InputGradPhase> only = nn::getOnlyPhase(op))
    return convolvePhase(*only);

  // Only the places of a phase without taps stay zero.
  bool covered = llvm::all_of(phases, [&](const nn::InputGradPhase &phase) {
    return kernel[0] >= phase.step[0] && kernel[1] >= phase.step[1];
  });
  Value dx = covered && !phases.empty() ? b.empty(shape, b.elementOf(dy))
                                        : b.zeros(shape, b.elementOf(dy));
  for (const nn::InputGradPhase &phase : phases)
    dx = b.insertSlice(convolvePhase(phase), dx,
                       {0, phase.offset[0], phase.offset[1], 0},
                       {1, phase.step[0], phase.step[1], 1});
  return dx;
}

static Value lowerConv2DInputGrad(LinalgBuilder &b, nn::Conv2DInputGradOp op,
                                  nn::Conv2DInputGradOp::Adaptor adaptor) {
  return convolveBack(b, op, adaptor.getDy(), adaptor.getWeight(),
                      /*codes=*/nullptr);
}

Value coppice::correlate(LinalgBuilder &b, nn::Conv2DWeightGradOp op, Value x,
                         Value dy, Value padding, const CodeProduct *codes) {
  SmallVector<int64_t> shape(op.getType().getShape());
  SmallVector<int64_t> out(b.shapeOf(dy));
  ArrayRef<int64_t> s = op.getStrides(), d = op.getDilations();
  x = padSpatial(b, x,
                 nn::reachedPads(b.shapeOf(x), out,
                                 ArrayRef(shape).take_front(2), s, op.getPads(),
                                 d),
                 padding);
  SmallVector<int64_t> in(b.shapeOf(x));
  int64_t groups = op.getGroups(), ci = shape[2], fo = shape[3] / groups;
  // Loops: kh, kw, channels of the weight; n, oh, ow.
  size_t outer = groups == 1 ? 4 : ci == 1 ? (fo == 1 ? 3 : 4) : 5;
  unsigned dims = outer + 3;
  AffineExpr n = b.dim(outer), oh = b.dim(outer + 1), ow = b.dim(outer + 2);
  SmallVector<AffineExpr> xs{n, oh * s[0] + b.dim(0) * d[0],
                             ow * s[1] + b.dim(1) * d[1]};
  SmallVector<AffineExpr> dys{n, oh, ow}, dws;
  SmallVector<int64_t> inner{shape[0], shape[1]};
  for (size_t i = 0; i < outer; ++i)
    dws.push_back(b.dim(i));
  if (groups == 1) {
    xs.push_back(b.dim(2));
    dys.push_back(b.dim(3));
    inner.append({ci, fo});
  } else if (ci == 1) {
    xs.push_back(b.dim(2));
    dys.push_back(b.dim(2));
    inner.push_back(groups);
    if (fo != 1) {
      dys.push_back(b.dim(3));
      inner.push_back(fo);
      dy = b.reshape(dy, {out[0], out[1], out[2], groups, fo});
    }
  } else {
    xs.append({b.dim(3), b.dim(2)});
    dys.append({b.dim(3), b.dim(4)});
    inner.append({ci, groups, fo});
    x = b.reshape(x, {in[0], in[1], in[2], groups, ci});
    dy = b.reshape(dy, {out[0], out[1], out[2], groups, fo});
  }
  Value dw = b.contract(x, b.map(dims, xs), dy, b.map(dims, dys), inner,
                        b.map(dims, dws), iterators(outer, 3), codes);
  return b.reshape(dw, shape);
}

static Value lowerConv2DWeightGrad(LinalgBuilder &b, nn::Conv2DWeightGradOp op,
                                   nn::Conv2DWeightGradOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  return correlate(b, op, x, adaptor.getDy(), b.scalar(b.elementOf(x), 0),
                   /*codes=*/nullptr);
}

//===----------------------------------------------------------------------===//
// Matrix product
//===----------------------------------------------------------------------===//

Value coppice::multiplyMatrices(LinalgBuilder &b, nn::MatMulOp op, Value lhs,
                                Value rhs, const CodeProduct *codes) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  unsigned rank = shape.size();
  AffineExpr m = b.dim(rank - 2), n = b.dim(rank - 1), k = b.dim(rank);
  auto operandMap = [&](Value operand, AffineExpr row, AffineExpr column,
                        bool transpose) {
    ArrayRef<int64_t> extents = b.shapeOf(operand);
    SmallVector<AffineExpr> results;
    for (auto [i, extent] : llvm::enumerate(extents.drop_back(2))) {
      unsigned axis = rank - extents.size() + i;
      results.push_back(extent == 1 && shape[axis] != 1
                            ? b.getAffineConstantExpr(0)
                            : b.dim(axis));
    }
    if (transpose)
      std::swap(row, column);
    results.append({row, column});
    return b.map(rank + 1, results);
  };
  SmallVector<AffineExpr> out;
  for (unsigned i = 0; i < rank; ++i)
    out.push_back(b.dim(i));
  return b.contract(lhs, operandMap(lhs, m, k, op.getTransposeLhs()), rhs,
                    operandMap(rhs, k, n, op.getTransposeRhs()), shape,
                    b.map(rank + 1, out), iterators(rank, 1), codes);
}

static Value lowerMatMul(LinalgBuilder &b, nn::MatMulOp op,
                         nn::MatMulOp::Adaptor adaptor) {
  Value y = multiplyMatrices(b, op, adaptor.getLhs(), adaptor.getRhs(),
                             /*codes=*/nullptr);
  return addBias(b, y, adaptor.getBias());
}

void coppice::populateContractionLowering(RewritePatternSet &patterns,
                                          const TypeConverter &converter) {
  addLowerings(patterns, converter, lowerConv2D, lowerConv2DInputGrad,
               lowerConv2DWeightGrad, lowerMatMul);
}
