//===- Elements.cpp - Reads and makes constants -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Support/Elements.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/APFloat.h"

#include <cstring>

using namespace mlir;
using llvm::APFloat;

/// Constants with more elements become resources, which printing elides and
/// which are not uniqued.
static constexpr int64_t kLargestDense = 32;

static double toDouble(APFloat value) {
  bool lossy;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
  return value.convertToDouble();
}

static APFloat fromDouble(double value, const llvm::fltSemantics &semantics) {
  APFloat result(value);
  bool lossy;
  result.convert(semantics, APFloat::rmNearestTiesToEven, &lossy);
  return result;
}

/// Reads elements of `bytes` bytes each, in the host's byte order, from a
/// resource.
static std::optional<std::vector<double>>
readRaw(ArrayRef<char> data, FloatType element, int64_t count) {
  unsigned bits = element.getWidth(), bytes = llvm::divideCeil(bits, 8);
  if (bytes > sizeof(uint64_t) ||
      data.size() != static_cast<size_t>(count) * bytes)
    return std::nullopt;
  std::vector<double> result;
  result.reserve(count);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t raw = 0;
    std::memcpy(&raw, data.data() + i * bytes, bytes);
    result.push_back(
        toDouble(APFloat(element.getFloatSemantics(), llvm::APInt(bits, raw))));
  }
  return result;
}

std::optional<std::vector<double>> coppice::readReals(ElementsAttr attr) {
  auto element = dyn_cast<FloatType>(attr.getElementType());
  if (!element)
    return std::nullopt;
  int64_t count = attr.getNumElements();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    return readRaw(blob->getData(), element, count);
  }
  auto dense = dyn_cast<DenseElementsAttr>(attr);
  if (!dense)
    return std::nullopt;
  if (dense.isSplat())
    return std::vector<double>(count, toDouble(dense.getSplatValue<APFloat>()));
  std::vector<double> result;
  result.reserve(count);
  for (const APFloat &value : dense.getValues<APFloat>())
    result.push_back(toDouble(value));
  return result;
}

/// Returns the bytes of a constant that is not a splat, in the host's byte
/// order.
static std::optional<ArrayRef<char>> getRawElements(ElementsAttr attr) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    return blob->getData();
  }
  auto dense = dyn_cast<DenseElementsAttr>(attr);
  if (!dense || dense.isSplat())
    return std::nullopt;
  return dense.getRawData();
}

std::optional<std::vector<int64_t>> coppice::readIntegers(ElementsAttr attr,
                                                          bool isSigned) {
  auto element = dyn_cast<IntegerType>(attr.getElementType());
  if (!element || element.getWidth() % 8 != 0 || element.getWidth() > 64)
    return std::nullopt;
  auto toInt64 = [&](const llvm::APInt &value) {
    return isSigned ? value.getSExtValue()
                    : static_cast<int64_t>(value.getZExtValue());
  };
  int64_t count = attr.getNumElements();
  if (auto splat = dyn_cast<SplatElementsAttr>(attr))
    return std::vector<int64_t>(count,
                                toInt64(splat.getSplatValue<llvm::APInt>()));
  std::optional<ArrayRef<char>> data = getRawElements(attr);
  unsigned bytes = element.getWidth() / 8;
  if (!data || data->size() != static_cast<size_t>(count) * bytes)
    return std::nullopt;
  std::vector<int64_t> result;
  result.reserve(count);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t raw = 0;
    std::memcpy(&raw, data->data() + i * bytes, bytes);
    result.push_back(toInt64(llvm::APInt(element.getWidth(), raw)));
  }
  return result;
}

ElementsAttr coppice::gatherElements(ElementsAttr attr, int64_t axis,
                                     ArrayRef<int64_t> indices,
                                     StringRef name) {
  auto type = cast<RankedTensorType>(attr.getShapedType());
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = indices.size();
  auto newType = RankedTensorType::get(shape, type.getElementType());
  if (auto splat = dyn_cast<SplatElementsAttr>(attr))
    return splat.resizeSplat(newType);
  unsigned bytes = type.getElementTypeBitWidth() / 8;
  std::optional<ArrayRef<char>> data = getRawElements(attr);
  if (!data || type.getElementTypeBitWidth() % 8 != 0 ||
      data->size() != static_cast<size_t>(type.getNumElements()) * bytes)
    return {};

  // A line is the contiguous elements behind one index of the axis.
  int64_t extent = type.getDimSize(axis), outer = 1, line = bytes;
  for (int64_t size : type.getShape().take_front(axis))
    outer *= size;
  for (int64_t size : type.getShape().drop_front(axis + 1))
    line *= size;
  AsmResourceBlob blob =
      HeapAsmResourceBlob::allocate(newType.getNumElements() * bytes,
                                    /*align=*/64);
  char *out = blob.getMutableData().data();
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t index : indices) {
      std::memcpy(out, data->data() + (o * extent + index) * line, line);
      out += line;
    }
  if (newType.getNumElements() <= kLargestDense)
    return DenseElementsAttr::getFromRawBuffer(newType, blob.getData());
  return DenseResourceElementsAttr::get(newType, name, std::move(blob));
}

ElementsAttr coppice::makeReals(RankedTensorType type, ArrayRef<double> values,
                                StringRef name) {
  const llvm::fltSemantics &semantics =
      cast<FloatType>(type.getElementType()).getFloatSemantics();
  bool splat = llvm::all_equal(values);
  if (splat && !values.empty())
    return DenseElementsAttr::get(type, fromDouble(values[0], semantics));
  unsigned bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  if (type.getNumElements() <= kLargestDense || bytes > sizeof(uint64_t)) {
    SmallVector<APFloat> elements;
    for (double value : values)
      elements.push_back(fromDouble(value, semantics));
    return DenseElementsAttr::get(type, elements);
  }
  AsmResourceBlob blob =
      HeapAsmResourceBlob::allocate(values.size() * bytes, /*align=*/64);
  char *out = blob.getMutableData().data();
  for (double value : values) {
    uint64_t raw = fromDouble(value, semantics).bitcastToAPInt().getZExtValue();
    std::memcpy(out, &raw, bytes);
    out += bytes;
  }
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}
