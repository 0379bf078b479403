//===- Requantize.cpp - Sums of products to codes ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Requantize.h"

#include <cmath>

using namespace mlir;
using namespace coppice;

/// Returns sx sw for each channel, or once.
static SmallVector<double> productScales(const IntegerLayer &layer) {
  double input = lowp::getScales(layer.input).scales.front();
  SmallVector<double> scales = lowp::getScales(layer.weight).scales;
  for (double &scale : scales)
    scale = input * scale;
  return scales;
}

namespace {
/// The inputs of both kinds of rescaling: the sums, the bias, and then their
/// tables.
struct RescaleInputs {
  RescaleInputs(LinalgBuilder &b, const IntegerLayer &layer)
      : identity(b.getMultiDimIdentityMap(b.shapeOf(layer.sum).size())),
        values{layer.sum}, maps{identity} {
    if (!layer.bias)
      return;
    values.push_back(layer.bias);
    maps.push_back(b.map(identity.getNumDims(), {getChannel()}));
    bias.emplace(layer.biasType);
  }
  AffineExpr getChannel() const {
    return identity.getResult(identity.getNumResults() - 1);
  }
  /// Adds a table along the channels.
  void bind(LinalgBuilder &b, PerChannel &numbers) {
    numbers.bind(b, values, maps, identity.getNumDims(), getChannel());
  }

  AffineMap identity;
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
  std::optional<CodeFormat> bias;
};
} // namespace

static Value requantizeExact(LinalgBuilder &b, const IntegerLayer &layer) {
  RescaleInputs inputs(b, layer);
  PerChannel product(productScales(layer));
  inputs.bind(b, product);
  if (inputs.bias)
    inputs.bias->bind(b, inputs.values, inputs.maps, inputs.maps[1]);
  CodeFormat result(layer.result);
  result.bind(b, inputs.values, inputs.maps, inputs.identity);
  return b.parallel(
      b.shapeOf(layer.sum), result.getStorage(), inputs.values, inputs.maps,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        Value sum =
            arith::SIToFPOp::create(body, loc, body.getF64Type(), args[0]);
        Value real =
            arith::MulFOp::create(body, loc, sum, product.get(body, loc, args));
        if (inputs.bias)
          real = arith::AddFOp::create(
              body, loc, real, inputs.bias->toReal(body, loc, args[1], args));
        return result.toCode(body, loc, real, args);
      });
}

static Value requantizeTFLite(LinalgBuilder &b, const IntegerLayer &layer) {
  // Accumulators are codes already. A factor of 1 would shift their sign out.
  if (!layer.bias && layer.result.getStorageTypeIntegralWidth() == 32)
    return layer.sum;
  RescaleInputs inputs(b, layer);
  double resultScale = lowp::getScales(layer.result).scales.front();
  SmallVector<int64_t> multipliers, lefts, rights;
  for (double scale : productScales(layer)) {
    FixedPoint factor = toFixedPoint(scale / resultScale);
    multipliers.push_back(factor.multiplier);
    lefts.push_back(std::max(0, factor.shift));
    rights.push_back(std::max(0, -factor.shift));
  }
  Type i32 = b.getI32Type();
  PerChannel multiplier(multipliers, i32), left(lefts, i32), right(rights, i32);
  for (PerChannel *numbers : {&multiplier, &left, &right})
    inputs.bind(b, *numbers);
  CodeFormat result(layer.result);
  return b.parallel(
      b.shapeOf(layer.sum), result.getStorage(), inputs.values, inputs.maps,
      [&](OpBuilder &body, Location loc, ValueRange args) {
        FixedPointBuilder fixed(body, loc);
        Value sum = args[0];
        if (inputs.bias)
          sum = fixed.saturatingAdd(
              sum, inputs.bias->centred(body, loc, args[1], args));
        if (!left.isAll(0))
          sum = fixed.saturatingShiftLeft(sum, left.get(body, loc, args));
        sum =
            fixed.roundingDoublingHighMul(sum, multiplier.get(body, loc, args));
        if (!right.isAll(0))
          sum = fixed.roundingDivideByPOT(sum, right.get(body, loc, args));
        return result.fromInteger(body, loc, sum, args);
      });
}

Value coppice::requantize(LinalgBuilder &b, const IntegerLayer &layer) {
  return layer.mode == lowp::Requantize::TFLite ? requantizeTFLite(b, layer)
                                                : requantizeExact(b, layer);
}
