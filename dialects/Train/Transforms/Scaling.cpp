//===- Scaling.cpp - Scales as factors of an update -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/Scaling.h"

#include "dialects/NN/IR/NN.h"
#include "lib/Support/Elements.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

/// Creates a constant of one number, or of one number per index of the axis of
/// a tensor of rank `rank`.
static Value createAlongAxis(OpBuilder &builder, Location loc, int64_t rank,
                             Type element, ArrayRef<double> values,
                             int64_t axis) {
  SmallVector<int64_t> shape;
  if (axis >= 0) {
    shape.assign(rank - axis, 1);
    shape[0] = values.size();
  }
  return arith::ConstantOp::create(
      builder, loc,
      cast<TypedAttr>(
          makeReals(RankedTensorType::get(shape, element), values, "scales")));
}

double coppice::train::getLargestScale(quant::QuantizedType type) {
  double largest = 0;
  for (double scale : lowp::getScales(type).scales)
    largest = std::max(largest, scale);
  return largest;
}

Value coppice::train::createScales(OpBuilder &builder, Location loc,
                                   RankedTensorType shape, Type element,
                                   quant::QuantizedType type, ScalePower power,
                                   std::optional<llvm::APFloat> largest) {
  lowp::Scales scales = lowp::getScales(type);
  double smallest =
      (largest ? largest->convertToDouble() : getLargestScale(type)) * 0x1p-17;
  SmallVector<double> factors;
  for (double scale : scales.scales) {
    double factor = scale;
    if (power == ScalePower::Inverse)
      factor = 1 / scale;
    if (power == ScalePower::Square)
      factor = scale * scale;
    factors.push_back(scale < smallest ? 0 : factor);
  }
  return createAlongAxis(builder, loc, shape.getRank(), element, factors,
                         scales.axis);
}

Value coppice::train::createCentred(OpBuilder &builder, Location loc,
                                    Value codes, quant::QuantizedType type) {
  lowp::Scales scales = lowp::getScales(type);
  if (llvm::all_of(scales.zeroPoints, [](int64_t zero) { return zero == 0; }))
    return codes;
  SmallVector<double> zeros(scales.zeroPoints.begin(), scales.zeroPoints.end());
  auto tensor = cast<RankedTensorType>(codes.getType());
  Value zero = createAlongAxis(builder, loc, tensor.getRank(),
                               tensor.getElementType(), zeros, scales.axis);
  return nn::SubOp::create(builder, loc, codes, zero);
}
