//===- Masks.cpp - Clamps, their masks, and rounding ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Codes.h"
#include "lib/Reference/Ops.h"

#include "dialects/Train/IR/Train.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::Operation;

/// Packs one bit an element, the least significant first.
static ReferenceTensor pack(int64_t elements,
                            function_ref<bool(int64_t)> isSet) {
  ReferenceTensor mask;
  mask.integers.assign(lowp::getMaskBytes(elements), 0);
  mask.shape = {static_cast<int64_t>(mask.integers.size())};
  for (int64_t i = 0; i < elements; ++i)
    if (isSet(i))
      mask.integers[i / 8] |= int64_t(1) << i % 8;
  for (int64_t &byte : mask.integers)
    byte = static_cast<int8_t>(byte);
  mask.reals.assign(mask.integers.begin(), mask.integers.end());
  return mask;
}

static bool isSet(const ReferenceTensor &mask, int64_t i) {
  return mask.integers[i / 8] >> i % 8 & 1;
}

SmallVector<ReferenceTensor>
reference::evaluateClamp(lowp::ClampOp op, const ReferenceTensor &x) {
  auto from = lowp::getQuantizedType(op.getInput().getType()),
       to = lowp::getQuantizedType(op.getResult().getType());
  std::vector<int64_t> codes = encode(x, from);
  int64_t min = to.getStorageTypeMin(), max = to.getStorageTypeMax();
  ReferenceTensor mask = pack(
      x.size(), [&](int64_t i) { return codes[i] >= min && codes[i] <= max; });
  for (int64_t &code : codes)
    code = std::clamp(code, min, max);
  return {decode(x.shape, codes, to), std::move(mask)};
}

static ReferenceTensor select(const ReferenceTensor &x,
                              const ReferenceTensor &mask) {
  ReferenceTensor y = x;
  for (int64_t i = 0; i < x.size(); ++i) {
    if (isSet(mask, i))
      continue;
    y.reals[i] = 0;
    if (!y.integers.empty())
      y.integers[i] = 0;
  }
  y.sums.clear();
  return y;
}

static ReferenceTensor round(lowp::RoundOp op, const ReferenceTensor &x,
                             const ReferenceTensor *seed) {
  ReferenceTensor y;
  y.shape = x.shape;
  auto type = cast<mlir::IntegerType>(mlir::getElementTypeOrSelf(op.getType()));
  double most = std::ldexp(1, static_cast<int>(type.getWidth()) - 1);
  for (int64_t i = 0; i < x.size(); ++i) {
    double real = x.reals[i];
    switch (op.getMode()) {
    case lowp::RoundingMode::nearest:
      real = std::nearbyint(real);
      break;
    case lowp::RoundingMode::zero:
      real = std::trunc(real);
      break;
    case lowp::RoundingMode::stochastic:
      real = std::floor(real + draw(seed->integers.front(), op.getStream(), i));
      break;
    }
    y.integers.push_back(std::isnan(real) ? 0
                                          : static_cast<int64_t>(std::clamp(
                                                real, -most, most - 1)));
  }
  y.reals.assign(y.integers.begin(), y.integers.end());
  return y;
}

static ReferenceTensor maskRange(const ReferenceTensor &x, double low,
                                 double high) {
  return pack(x.size(), [&](int64_t i) {
    return x.reals[i] > low && (x.reals[i] < high || std::isinf(high));
  });
}

/// Returns the value that the backward pass reads.
static std::optional<ReferenceTensor> save(train::SavedOp op,
                                           const ReferenceTensor &x) {
  if (auto mask = mlir::dyn_cast<train::MaskAttr>(op.getPolicy()))
    return maskRange(x, mask.getLow().convertToDouble(),
                     mask.getHigh().convertToDouble());
  // After gradients are stored, a narrow format is an op of its own.
  if (mlir::isa<train::NarrowAttr>(op.getPolicy()))
    return std::nullopt;
  return x;
}

std::optional<ReferenceTensor> reference::evaluateMasks(Operation *op,
                                                        Operands operands) {
  const ReferenceTensor &x = *operands[0];
  return TypeSwitch<Operation *, std::optional<ReferenceTensor>>(op)
      .Case([&](lowp::SelectByMaskOp) { return select(x, *operands[1]); })
      .Case([&](lowp::RangeMaskOp range) {
        return maskRange(x, range.getLow().convertToDouble(),
                         range.getHigh().convertToDouble());
      })
      .Case([&](train::SavedOp saved) { return save(saved, x); })
      .Case([&](lowp::RoundOp rounding) {
        return round(rounding, x, operands.size() > 1 ? operands[1] : nullptr);
      })
      .Default([](Operation *) { return std::nullopt; });
}
