//===- Philox.cpp - The counter-based generator, in a body ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Philox.h"

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

Value coppice::drawWord(LinalgBuilder &b, ArrayRef<int64_t> shape, Value seed,
                        uint64_t stream) {
  Value flat = b.indexConstant(0);
  for (auto [i, extent] : llvm::enumerate(shape)) {
    flat = arith::MulIOp::create(b, flat, b.indexConstant(extent));
    flat = arith::AddIOp::create(b, flat, linalg::IndexOp::create(b, i));
  }
  Philox philox(b);
  Value count = arith::IndexCastOp::create(b, b.getI64Type(), flat);
  Value drawn =
      philox.firstWord({philox.low(count), philox.high(count),
                        philox.word(static_cast<uint32_t>(stream)),
                        philox.word(static_cast<uint32_t>(stream >> 32))},
                       {philox.low(seed), philox.high(seed)});
  return arith::ExtUIOp::create(b, b.getI64Type(), drawn);
}
