//===- LowPDialect.cpp - Number formats -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/Coppice.h"
#include "dialects/LowP/IR/LowP.h"

#include "lib/Support/Elements.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::lowp;

#include "dialects/LowP/IR/LowPOpsDialect.cpp.inc"
#include "dialects/LowP/IR/LowPOpsEnums.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/LowP/IR/LowPOps.cpp.inc"

namespace {
/// A type with one scale per channel is long, so it is printed as an alias.
struct LowPAliases : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;
  AliasResult getAlias(Type type, raw_ostream &os) const override {
    auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
    if (!perAxis)
      return AliasResult::NoAlias;
    os << "per_axis_i" << perAxis.getStorageTypeIntegralWidth();
    return AliasResult::FinalAlias;
  }
};
} // namespace

void LowPDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/LowP/IR/LowPOps.cpp.inc"
      >();
  addInterfaces<LowPAliases>();
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

quant::QuantizedType lowp::getQuantizedType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor ||
      !isa<quant::UniformQuantizedType, quant::UniformQuantizedPerAxisType>(
          tensor.getElementType()))
    return {};
  return cast<quant::QuantizedType>(tensor.getElementType());
}

RankedTensorType lowp::withElement(Type type, Type element) {
  auto tensor = cast<RankedTensorType>(type);
  return RankedTensorType::get(tensor.getShape(), element,
                               tensor.getEncoding());
}

Type lowp::getStorageTensor(Type type) {
  quant::QuantizedType quantized = getQuantizedType(type);
  if (!quantized)
    return type;
  return withElement(type,
                     IntegerType::get(type.getContext(),
                                      quantized.getStorageTypeIntegralWidth()));
}

Type lowp::getRealTensor(Type type) {
  quant::QuantizedType quantized = getQuantizedType(type);
  return quantized ? withElement(type, quantized.getExpressedType()) : type;
}

quant::QuantizedType lowp::withStorage(quant::QuantizedType type, unsigned bits,
                                       bool isSigned, int64_t min,
                                       int64_t max) {
  unsigned flags = isSigned ? quant::QuantizationFlags::Signed : 0;
  Type storage = IntegerType::get(type.getContext(), bits);
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return quant::UniformQuantizedPerAxisType::get(
        flags, storage, type.getExpressedType(), perAxis.getScales(),
        perAxis.getZeroPoints(), perAxis.getQuantizedDimension(), min, max);
  auto perTensor = cast<quant::UniformQuantizedType>(type);
  return quant::UniformQuantizedType::get(
      flags, storage, type.getExpressedType(), perTensor.getScale(),
      perTensor.getZeroPoint(), min, max);
}

quant::QuantizedType lowp::takeIndices(quant::QuantizedType type, int64_t axis,
                                       ArrayRef<int64_t> indices) {
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  if (!perAxis || perAxis.getQuantizedDimension() != axis)
    return type;
  SmallVector<double> scales;
  SmallVector<int64_t> zeroPoints;
  for (int64_t index : indices) {
    scales.push_back(perAxis.getScales()[index]);
    zeroPoints.push_back(perAxis.getZeroPoints()[index]);
  }
  return quant::UniformQuantizedPerAxisType::get(
      perAxis.getFlags(), perAxis.getStorageType(), perAxis.getExpressedType(),
      scales, zeroPoints, axis, perAxis.getStorageTypeMin(),
      perAxis.getStorageTypeMax());
}

Scales lowp::getScales(quant::QuantizedType type) {
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return {SmallVector<double>(perAxis.getScales()),
            SmallVector<int64_t>(perAxis.getZeroPoints()),
            perAxis.getQuantizedDimension()};
  auto perTensor = cast<quant::UniformQuantizedType>(type);
  return {{perTensor.getScale()}, {perTensor.getZeroPoint()}, -1};
}

std::optional<std::vector<double>>
lowp::readCodes(ElementsAttr attr, RankedTensorType type, bool scaled) {
  quant::QuantizedType quantized = getQuantizedType(type);
  std::optional<std::vector<int64_t>> codes =
      readIntegers(attr, quantized.isSigned());
  if (!codes)
    return std::nullopt;
  Scales scales = getScales(quantized);
  int64_t inner = 1, extent = static_cast<int64_t>(scales.scales.size());
  if (scales.axis >= 0)
    for (int64_t size : type.getShape().drop_front(scales.axis + 1))
      inner *= size;
  std::vector<double> values;
  values.reserve(codes->size());
  for (auto [i, code] : llvm::enumerate(*codes)) {
    int64_t index = static_cast<int64_t>(i) / inner % extent;
    auto value = static_cast<double>(code - scales.zeroPoints[index]);
    values.push_back(scaled ? value * scales.scales[index] : value);
  }
  return values;
}

bool lowp::areCompatible(TypeRange inferred, TypeRange actual) {
  if (inferred.size() != actual.size())
    return false;
  for (auto [expected, type] : llvm::zip(inferred, actual)) {
    if (expected == type)
      continue;
    if (!isQuantizedTensor(expected) || !isQuantizedTensor(type) ||
        cast<RankedTensorType>(expected).getShape() !=
            cast<RankedTensorType>(type).getShape())
      return false;
  }
  return true;
}
