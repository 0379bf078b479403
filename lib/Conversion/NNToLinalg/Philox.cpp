//===- Philox.cpp - The counter-based generator, in a body ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Philox.h"

using namespace mlir;
using namespace coppice;

namespace {
/// Philox-4x32-10. A word is the low half of an i64 whose high half is
/// arbitrary: vector units multiply the low halves of 64-bit lanes, and the
/// product, as it is, is the low word.
class Philox {
public:
  explicit Philox(LinalgBuilder &b) : b(b) {}

  /// The first word of the block for a 128-bit counter and a 64-bit key, as
  /// i32.
  Value firstWord(SmallVector<Value, 4> counter, SmallVector<Value, 2> key) {
    for (int round = 0; round < 10; ++round) {
      if (round > 0) {
        key[0] = arith::AddIOp::create(b, key[0], word(0x9E3779B9));
        key[1] = arith::AddIOp::create(b, key[1], word(0xBB67AE85));
      }
      Value first = multiply(counter[0], 0xD2511F53);
      Value second = multiply(counter[2], 0xCD9E8D57);
      counter = {mix(high(second), counter[1], key[0]), second,
                 mix(high(first), counter[3], key[1]), first};
    }
    return arith::TruncIOp::create(b, b.getI32Type(), counter[0]);
  }

  /// The high word of a 64-bit value, which is itself its low word.
  Value high(Value x) { return arith::ShRUIOp::create(b, x, word(32)); }
  Value word(uint32_t value) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  }

private:
  /// The 64 bits of word x times a constant.
  Value multiply(Value x, uint32_t factor) {
    Value extended = arith::AndIOp::create(b, x, word(0xFFFFFFFF));
    return arith::MulIOp::create(b, extended, word(factor));
  }
  Value mix(Value x, Value y, Value z) {
    return arith::XOrIOp::create(b, arith::XOrIOp::create(b, x, y), z);
  }
  LinalgBuilder &b;
};
} // namespace

Value coppice::drawWord(LinalgBuilder &b, ArrayRef<int64_t> shape, Value seed,
                        uint64_t stream) {
  Value flat = b.indexConstant(0);
  for (auto [i, extent] : llvm::enumerate(shape)) {
    flat = arith::MulIOp::create(b, flat, b.indexConstant(extent));
    flat = arith::AddIOp::create(b, flat, linalg::IndexOp::create(b, i));
  }
  Philox philox(b);
  Value count = arith::IndexCastOp::create(b, b.getI64Type(), flat);
  return philox.firstWord({count, philox.high(count),
                           philox.word(static_cast<uint32_t>(stream)),
                           philox.word(static_cast<uint32_t>(stream >> 32))},
                          {seed, philox.high(seed)});
}
