//===- Dropout.cpp - Dropout to linalg --------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"
#include <cmath>

using namespace mlir;
using namespace coppice;

namespace {
/// Philox-4x32-10 on 32-bit scalars.
class Philox {
public:
  explicit Philox(LinalgBuilder &b) : b(b) {}

  /// The first word of the block for a 128-bit counter and a 64-bit key.
  Value firstWord(SmallVector<Value, 4> counter, SmallVector<Value, 2> key) {
    for (int round = 0; round < 10; ++round) {
      if (round > 0) {
        key[0] = arith::AddIOp::create(b, key[0], word(0x9E3779B9));
        key[1] = arith::AddIOp::create(b, key[1], word(0xBB67AE85));
      }
      auto first = multiply(counter[0], 0xD2511F53);
      auto second = multiply(counter[2], 0xCD9E8D57);
      counter = {mix(second.second, counter[1], key[0]), second.first,
                 mix(first.second, counter[3], key[1]), first.first};
    }
    return counter[0];
  }

  /// Low and high words of a 64-bit value.
  Value low(Value x) { return arith::TruncIOp::create(b, b.getI32Type(), x); }
  Value high(Value x) { return low(arith::ShRUIOp::create(b, x, wide(32))); }
  Value word(uint32_t value) {
    return arith::ConstantOp::create(
        b, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }

private:
  Value wide(int64_t value) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  }
  /// Low and high words of x times a constant.
  std::pair<Value, Value> multiply(Value x, uint32_t factor) {
    Value extended = arith::ExtUIOp::create(b, b.getI64Type(), x);
    Value product = arith::MulIOp::create(b, extended, wide(factor));
    return {low(product), high(product)};
  }
  Value mix(Value x, Value y, Value z) {
    return arith::XOrIOp::create(b, arith::XOrIOp::create(b, x, y), z);
  }
  LinalgBuilder &b;
};
} // namespace

static Value lowerDropout(LinalgBuilder &b, nn::DropoutOp op,
                          nn::DropoutOp::Adaptor adaptor) {
  Value x = adaptor.getInput();
  ArrayRef<int64_t> shape = b.shapeOf(x);
  Type element = b.elementOf(x);
  double ratio = op.getRatio().convertToDouble();
  // A word w stands for w / 2^32; it is below `ratio` iff below this.
  auto threshold = static_cast<uint64_t>(std::ceil(std::ldexp(ratio, 32)));
  return b.pointwise(
      shape, element, {x, adaptor.getSeed()},
      [&](OpBuilder &body, Location loc, ValueRange args) {
        LinalgBuilder inner(loc, body);
        Value flat = inner.indexConstant(0);
        for (auto [i, extent] : llvm::enumerate(shape)) {
          flat =
              arith::MulIOp::create(inner, flat, inner.indexConstant(extent));
          flat = arith::AddIOp::create(inner, flat,
                                       linalg::IndexOp::create(inner, i));
        }
        Philox philox(inner);
        Value count =
            arith::IndexCastOp::create(inner, inner.getI64Type(), flat);
        auto stream = static_cast<uint64_t>(op.getStream());
        Value drawn =
            philox.firstWord({philox.low(count), philox.high(count),
                              philox.word(static_cast<uint32_t>(stream)),
                              philox.word(static_cast<uint32_t>(stream >> 32))},
                             {philox.low(args[1]), philox.high(args[1])});
        Value wide = arith::ExtUIOp::create(inner, inner.getI64Type(), drawn);
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
