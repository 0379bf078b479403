//===- Pool.cpp - Pooling to linalg -----------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"

using namespace mlir;
using namespace coppice;
using Iterator = LinalgBuilder::Iterator;

Value coppice::foldWindows(LinalgBuilder &b, Value x, Value init,
                           ArrayRef<int64_t> shape, ArrayRef<int64_t> kernel,
                           ArrayRef<int64_t> strides,
                           ArrayRef<int64_t> dilations,
                           LinalgBuilder::Body body) {
  ArrayRef<int64_t> in = b.shapeOf(x);
  if (nn::coversImage(in, shape, kernel, dilations))
    return b.reduce(x, {1, 2}, init, body, /*keepdims=*/true);
  // An unused operand of this type defines the loops' extents.
  auto windowType = RankedTensorType::get(kernel, b.getI1Type());
  Value window = arith::ConstantOp::create(
      b, SplatElementsAttr::get(windowType, b.getBoolAttr(false)));
  AffineExpr n = b.dim(0), oh = b.dim(1), ow = b.dim(2), kh = b.dim(3),
             kw = b.dim(4), c = b.dim(5);
  AffineMap maps[] = {b.map(6, {n, oh * strides[0] + kh * dilations[0],
                                ow * strides[1] + kw * dilations[1], c}),
                      b.map(6, {kh, kw}), b.map(6, {n, oh, ow, c})};
  Iterator iterators[] = {Iterator::parallel,  Iterator::parallel,
                          Iterator::parallel,  Iterator::reduction,
                          Iterator::reduction, Iterator::parallel};
  return b.generic(ValueRange{x, window}, b.filled(shape, init), maps,
                   iterators,
                   [&](OpBuilder &inner, Location loc, ValueRange args) {
                     return body(inner, loc, {args[0], args[2]});
                   });
}

static Value lowerMaxPool(LinalgBuilder &b, nn::MaxPool2DOp op,
                          nn::MaxPool2DOp::Adaptor adaptor) {
  bool isUnsigned = nn::detail::isUnsigned(op.getInput().getType());
  Value x = adaptor.getInput();
  Type element = b.elementOf(x);
  Value lowest = b.lowest(element, isUnsigned);
  SmallVector<int64_t> shape(op.getType().getShape());
  x = padSpatial(b, x,
                 nn::reachedPads(b.shapeOf(x), shape, op.getKernel(),
                                 op.getStrides(), op.getPads(),
                                 op.getDilations()),
                 lowest);
  return foldWindows(b, x, lowest, shape, op.getKernel(), op.getStrides(),
                     op.getDilations(),
                     [&](OpBuilder &body, Location loc, ValueRange args) {
                       return nn::ScalarExpr(body, loc, element, isUnsigned)
                           .max(args[0], args[1]);
                     });
}

/// Divides `x` (N×OH×OW×C) by the size of each window, and broadcasts it to
/// `shape`.
template <typename OpT>
static Value divideByWindow(LinalgBuilder &b, OpT op, Value x, Type element,
                            ArrayRef<int64_t> shape) {
  SmallVector<double> sizes = nn::getWindowSizes(op);
  auto divide = [&](OpBuilder &body, Location loc, Value y, Value size) {
    return nn::ScalarExpr(body, loc, y.getType(), false).div(y, size);
  };
  Value quotient;
  if (llvm::all_equal(sizes)) {
    double size = sizes.empty() ? 1 : sizes.front();
    Type type = b.elementOf(x);
    quotient = b.pointwise(
        shape, type, x, [&](OpBuilder &body, Location loc, ValueRange args) {
          return divide(body, loc, args[0],
                        nn::createSplat(body, loc, type, size));
        });
  } else {
    Value table = b.table({shape[1], shape[2]}, sizes, b.elementOf(x));
    AffineMap maps[] = {b.getMultiDimIdentityMap(4),
                        b.map(4, {b.dim(1), b.dim(2)})};
    quotient = b.parallel(shape, b.elementOf(x), {x, table}, maps,
                          [&](OpBuilder &body, Location loc, ValueRange args) {
                            return divide(body, loc, args[0], args[1]);
                          });
  }
  return b.convert(quotient, element);
}

static LinalgBuilder::Body addition() {
  static constexpr auto add = [](OpBuilder &b, Location loc,
                                 ValueRange args) -> Value {
    Value x = args[0];
    if (x.getType() != args[1].getType())
      x = arith::ExtFOp::create(b, loc, args[1].getType(), x);
    return nn::ScalarExpr(b, loc, x.getType(), false).add(args[1], x);
  };
  return add;
}

static Value lowerAvgPool(LinalgBuilder &b, nn::AvgPool2DOp op,
                          nn::AvgPool2DOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  Type element = b.elementOf(x);
  SmallVector<int64_t> shape(op.getType().getShape()), in(b.shapeOf(x));
  x = padSpatial(b, x,
                 nn::reachedPads(in, shape, op.getKernel(), op.getStrides(),
                                 op.getPads(), op.getDilations()),
                 b.scalar(element, 0));
  Value sum = foldWindows(b, x, b.scalar(b.accumulatorOf(element), 0), shape,
                          op.getKernel(), op.getStrides(), op.getDilations(),
                          addition());
  return divideByWindow(b, op, sum, element, shape);
}

static Value lowerAvgPoolGrad(LinalgBuilder &b, nn::AvgPool2DGradOp op,
                              nn::AvgPool2DGradOp::Adaptor adaptor) {
  SmallVector<int64_t> shape(op.getType().getShape());
  Value dy = adaptor.getDy();
  Type element = b.elementOf(dy);
  ArrayRef<int64_t> kernel = op.getKernel(), d = op.getDilations();
  if (nn::coversImage(shape, b.shapeOf(dy), kernel, d))
    return divideByWindow(b, op, dy, element, shape);
  dy = divideByWindow(b, op, dy, element, b.shapeOf(dy));
  // Every element sums the windows that contain it.
  Value x = spreadSpatial(b, dy, nn::spreadWindows(op));
  Value sum = foldWindows(b, x, b.scalar(b.accumulatorOf(element), 0), shape,
                          kernel, {1, 1}, d, addition());
  return b.convert(sum, element);
}

//===----------------------------------------------------------------------===//
// Gradient of the maximum
//===----------------------------------------------------------------------===//

/// Whether a later tap replaces the maximum: it is greater, or the first NaN.
static Value takesLead(LinalgBuilder &b, Value x, Value best) {
  if (isa<FloatType>(x.getType())) {
    // Unordered or greater, unless the maximum is NaN already.
    Value greater =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, x, best);
    Value ordered =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, best, best);
    return arith::AndIOp::create(b, greater, ordered);
  }
  return arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, x, best);
}

/// Loops over the windows. In each window the taps are compared, and dy is
/// added to the first that is greatest. `x` needs no more padding. Only the
/// result is stored.
static Value lowerMaxPoolGrad(LinalgBuilder &b, nn::MaxPool2DGradOp op,
                              nn::MaxPool2DGradOp::Adaptor adaptor) {
  Value x = adaptor.getInput(), dy = adaptor.getDy();
  Type element = b.elementOf(x);
  SmallVector<int64_t> out(b.shapeOf(dy)), in(b.shapeOf(x));
  SmallVector<int64_t> pads =
      nn::reachedPads(in, out, op.getKernel(), op.getStrides(), op.getPads(),
                      op.getDilations());
  bool padded = llvm::any_of(pads, [](int64_t pad) { return pad != 0; });
  ArrayRef<int64_t> kernel = op.getKernel();
  Value dx = b.zeros(in, element);

  auto tap = [&](Value o, Value k, int i) -> Value {
    // o stride + k dilation - pad
    Value at = arith::MulIOp::create(b, o, b.indexConstant(op.getStrides()[i]));
    Value offset =
        arith::MulIOp::create(b, k, b.indexConstant(op.getDilations()[i]));
    at = arith::AddIOp::create(b, at, offset);
    if (pads[i] == 0)
      return at;
    return arith::SubIOp::create(b, at, b.indexConstant(pads[i]));
  };

  if (!padded && kernel[0] * kernel[1] <= 16) {
    // With few taps there is no inner loop and no branch, so that the loop over
    // channels becomes vector code.
    return b.loops(out, dx, [&](ValueRange at, Value grad) {
      SmallVector<SmallVector<Value>> taps;
      Value best, lead;
      for (int64_t kh = 0; kh < kernel[0]; ++kh)
        for (int64_t kw = 0; kw < kernel[1]; ++kw) {
          int64_t number = static_cast<int64_t>(taps.size());
          taps.push_back({at[0], tap(at[1], b.indexConstant(kh), 0),
                          tap(at[2], b.indexConstant(kw), 1), at[3]});
          Value value = tensor::ExtractOp::create(b, x, taps.back());
          Value self = arith::ConstantIntOp::create(b, number, 32);
          if (!best) {
            best = value;
            lead = self;
            continue;
          }
          Value leads = takesLead(b, value, best);
          best = arith::SelectOp::create(b, leads, value, best);
          lead = arith::SelectOp::create(b, leads, self, lead);
        }
      Value amount = tensor::ExtractOp::create(b, dy, at);
      Value zero = b.scalar(element, 0);
      for (auto [number, where] : llvm::enumerate(taps)) {
        Value self =
            arith::ConstantIntOp::create(b, static_cast<int64_t>(number), 32);
        Value leads =
            arith::CmpIOp::create(b, arith::CmpIPredicate::eq, lead, self);
        Value part = arith::SelectOp::create(b, leads, amount, zero);
        Value old = tensor::ExtractOp::create(b, grad, where);
        Value sum =
            nn::ScalarExpr(b, b.getLoc(), element, false).add(old, part);
        grad = tensor::InsertOp::create(b, sum, grad, where);
      }
      return grad;
    });
  }

  // The carried value is the flat index of the maximum in the image; -1 before
  // the first tap inside.
  return b.loops(out, dx, [&](ValueRange at, Value grad) -> Value {
    Value zero = b.indexConstant(0), one = b.indexConstant(1);
    Value none = b.indexConstant(-1);
    Value width = b.indexConstant(in[2]);
    Value height = b.indexConstant(in[1]);
    Value start = b.lowest(element, false);
    auto rows = scf::ForOp::create(b, zero, b.indexConstant(kernel[0]), one,
                                   ValueRange{start, none});
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(rows.getBody());
      Value h = tap(at[1], rows.getInductionVar(), 0);
      auto columns = scf::ForOp::create(b, zero, b.indexConstant(kernel[1]),
                                        one, rows.getRegionIterArgs());
      b.setInsertionPointToEnd(rows.getBody());
      scf::YieldOp::create(b, columns.getResults());
      b.setInsertionPointToStart(columns.getBody());
      Value w = tap(at[2], columns.getInductionVar(), 1);
      Value best = columns.getRegionIterArg(0);
      Value lead = columns.getRegionIterArg(1);
      // An unsigned comparison checks both ends.
      Value inside = arith::AndIOp::create(
          b, arith::CmpIOp::create(b, arith::CmpIPredicate::ult, h, height),
          arith::CmpIOp::create(b, arith::CmpIPredicate::ult, w, width));
      Value safeH = arith::SelectOp::create(b, inside, h, zero);
      Value safeW = arith::SelectOp::create(b, inside, w, zero);
      Value value = tensor::ExtractOp::create(
          b, x, ValueRange{at[0], safeH, safeW, at[3]});
      Value first =
          arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lead, zero);
      Value leads = arith::AndIOp::create(
          b, inside, arith::OrIOp::create(b, first, takesLead(b, value, best)));
      Value flat =
          arith::AddIOp::create(b, arith::MulIOp::create(b, h, width), w);
      Value newBest = arith::SelectOp::create(b, leads, value, best);
      Value newLead = arith::SelectOp::create(b, leads, flat, lead);
      scf::YieldOp::create(b, ValueRange{newBest, newLead});
    }
    Value lead = rows.getResult(1);
    SmallVector<Value> where{at[0], arith::DivUIOp::create(b, lead, width),
                             arith::RemUIOp::create(b, lead, width), at[3]};
    Value old = tensor::ExtractOp::create(b, grad, where);
    Value amount = tensor::ExtractOp::create(b, dy, at);
    Value sum = nn::ScalarExpr(b, b.getLoc(), element, false).add(old, amount);
    return tensor::InsertOp::create(b, sum, grad, where);
  });
}

void coppice::populatePoolLowering(RewritePatternSet &patterns,
                                   const TypeConverter &converter) {
  addCodeLowerings(patterns, converter, lowerMaxPool);
  addLowerings(patterns, converter, lowerMaxPoolGrad, lowerAvgPool,
               lowerAvgPoolGrad);
}
