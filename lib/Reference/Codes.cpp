//===- Codes.cpp - Codes of the reference and their values ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Codes.h"

#include "lib/Reference/Ops.h"
#include "lib/Support/Elements.h"

#include <algorithm>

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::quant::QuantizedType;

int64_t reference::alongAxis(ArrayRef<int64_t> shape, int64_t axis, int64_t i) {
  if (axis < 0)
    return 0;
  for (int64_t extent : shape.drop_front(axis + 1))
    i /= extent;
  return i % shape[axis];
}

ReferenceTensor reference::decode(ArrayRef<int64_t> shape,
                                  ArrayRef<int64_t> codes, QuantizedType type) {
  lowp::Scales scales = lowp::getScales(type);
  ReferenceTensor result;
  result.shape.assign(shape.begin(), shape.end());
  for (auto [i, code] : enumerate(codes)) {
    int64_t channel = alongAxis(shape, scales.axis, i);
    result.sums.push_back(code - scales.zeroPoints[channel]);
    result.scales.push_back(scales.scales[channel]);
    result.reals.push_back(static_cast<double>(result.sums.back()) *
                           scales.scales[channel]);
  }
  result.zeroPoint = scales.zeroPoints.front();
  result.bits = type.getStorageTypeIntegralWidth();
  return result;
}

int64_t reference::encode(double real, double scale, int64_t zero,
                          QuantizedType type) {
  double code = std::isnan(real) ? 0 : std::nearbyint(real / scale);
  return static_cast<int64_t>(
      std::clamp(code + static_cast<double>(zero),
                 static_cast<double>(type.getStorageTypeMin()),
                 static_cast<double>(type.getStorageTypeMax())));
}

/// Rounds a value to a float type.
static double inPrecision(double value, mlir::Type type) {
  bool losesInfo;
  APFloat number(value);
  number.convert(cast<mlir::FloatType>(type).getFloatSemantics(),
                 APFloat::rmNearestTiesToEven, &losesInfo);
  return number.convertToDouble();
}

/// Encodes each element by `encodeOne`, from it, its scale and its zero point.
static std::vector<int64_t>
encodeEach(const ReferenceTensor &x, QuantizedType type,
           function_ref<int64_t(double, double, int64_t)> encodeOne) {
  lowp::Scales scales = lowp::getScales(type);
  std::vector<int64_t> codes;
  for (int64_t i = 0; i < x.size(); ++i) {
    int64_t channel = alongAxis(x.shape, scales.axis, i);
    codes.push_back(encodeOne(x.reals[i], scales.scales[channel],
                              scales.zeroPoints[channel]));
  }
  return codes;
}

std::vector<int64_t> reference::encodeFloats(const ReferenceTensor &x,
                                             QuantizedType type) {
  return encodeEach(x, type, [&](double real, double scale, int64_t zero) {
    double quotient = inPrecision(real / scale, type.getExpressedType());
    return encode(quotient, 1, zero, type);
  });
}

std::vector<int64_t> reference::encode(const ReferenceTensor &x,
                                       QuantizedType type) {
  return encodeEach(x, type, [&](double real, double scale, int64_t zero) {
    return encode(real, scale, zero, type);
  });
}

ReferenceTensor reference::readConstant(mlir::ElementsAttr elements,
                                        mlir::Type type) {
  auto tensor = cast<mlir::RankedTensorType>(type);
  if (auto quantized = lowp::getQuantizedType(type)) {
    if (auto codes = readIntegers(elements, quantized.isSigned()))
      return decode(tensor.getShape(), *codes, quantized);
    return unknown();
  }
  ReferenceTensor result;
  result.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  auto dense = dyn_cast<mlir::DenseIntElementsAttr>(elements);
  if (dense && tensor.getElementType().isInteger(1)) {
    for (bool value : dense.getValues<bool>())
      result.integers.push_back(value);
  } else if (auto integer =
                 dyn_cast<mlir::IntegerType>(tensor.getElementType())) {
    auto integers = readIntegers(elements, !integer.isUnsigned());
    if (!integers)
      return unknown();
    result.integers = std::move(*integers);
  } else {
    auto reals = readReals(elements);
    if (!reals)
      return unknown();
    result.reals = std::move(*reals);
    return result;
  }
  result.reals.assign(result.integers.begin(), result.integers.end());
  return result;
}
