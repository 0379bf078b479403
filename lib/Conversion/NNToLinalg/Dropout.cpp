//===- Dropout.cpp - Dropout to linalg --------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "lib/Conversion/NNToLinalg/Philox.h"
#include <cmath>

using namespace mlir;
using namespace coppice;

static Value lowerDropout(LinalgBuilder &b, nn::DropoutOp op,
                          nn::DropoutOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  ArrayRef<int64_t> shape = b.shapeOf(x);
  Type element = b.elementOf(x);
  double ratio = op.getRatio().convertToDouble();
  // A word w stands for w / 2^32, which is below `ratio` iff w is below this
  // threshold.
  auto threshold = static_cast<uint64_t>(std::ceil(std::ldexp(ratio, 32)));
  return b.pointwise(
      shape, element, {x, adaptor.getSeed()},
      [&](OpBuilder &body, Location loc, ValueRange args) {
        LinalgBuilder inner(loc, body);
        Value word = drawWord(inner, shape, args[1],
                              static_cast<uint64_t>(op.getStream()));
        // The bound may be 2^32.
        Value wide = arith::ExtUIOp::create(inner, inner.getI64Type(), word);
        Value bound = arith::ConstantOp::create(
            inner, inner.getI64IntegerAttr(static_cast<int64_t>(threshold)));
        Value kept = arith::CmpIOp::create(inner, arith::CmpIPredicate::uge,
                                           wide, bound);
        nn::ScalarExpr e(inner, loc, element, false);
        Value scaled = e.mul(args[0], e.constant(1.0 / (1.0 - ratio)));
        return e.select(kept, scaled, e.constant(0));
      });
}

void coppice::populateDropoutLowering(RewritePatternSet &patterns,
                                      const TypeConverter &converter) {
  addLowerings(patterns, converter, lowerDropout);
}
