//===- HostTensor.cpp - A tensor in host memory -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/HostTensor.h"

#include "lib/Support/UserError.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace llvm;

namespace coppice::runtime {

constexpr size_t alignment = 64;

unsigned byteWidth(ElementKind kind) {
  switch (kind) {
  case ElementKind::Bool:
  case ElementKind::I8:
  case ElementKind::U8:
    return 1;
  case ElementKind::I16:
  case ElementKind::U16:
  case ElementKind::F16:
  case ElementKind::BF16:
    return 2;
  case ElementKind::I32:
  case ElementKind::U32:
  case ElementKind::F32:
    return 4;
  case ElementKind::I64:
  case ElementKind::U64:
  case ElementKind::F64:
    return 8;
  }
  return 0;
}

bool isFloat(ElementKind kind) {
  return kind == ElementKind::F16 || kind == ElementKind::BF16 ||
         kind == ElementKind::F32 || kind == ElementKind::F64;
}

StringRef name(ElementKind kind) {
  switch (kind) {
  case ElementKind::Bool:
    return "bool";
  case ElementKind::I8:
    return "int8";
  case ElementKind::I16:
    return "int16";
  case ElementKind::I32:
    return "int32";
  case ElementKind::I64:
    return "int64";
  case ElementKind::U8:
    return "uint8";
  case ElementKind::U16:
    return "uint16";
  case ElementKind::U32:
    return "uint32";
  case ElementKind::U64:
    return "uint64";
  case ElementKind::F16:
    return "float16";
  case ElementKind::BF16:
    return "bfloat16";
  case ElementKind::F32:
    return "float32";
  case ElementKind::F64:
    return "float64";
  }
  return "";
}

std::optional<ElementKind> elementKind(mlir::Type type) {
  if (type.isF32())
    return ElementKind::F32;
  if (type.isF64())
    return ElementKind::F64;
  if (type.isF16())
    return ElementKind::F16;
  if (type.isBF16())
    return ElementKind::BF16;
  auto integer = dyn_cast<mlir::IntegerType>(type);
  if (!integer)
    return std::nullopt;
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return ElementKind::Bool;
  case 8:
    return isUnsigned ? ElementKind::U8 : ElementKind::I8;
  case 16:
    return isUnsigned ? ElementKind::U16 : ElementKind::I16;
  case 32:
    return isUnsigned ? ElementKind::U32 : ElementKind::I32;
  case 64:
    return isUnsigned ? ElementKind::U64 : ElementKind::I64;
  default:
    return std::nullopt;
  }
}

std::string formatShape(ArrayRef<int64_t> shape) {
  return "[" +
         join(map_range(shape,
                        [](int64_t extent) {
                          return extent < 0 ? std::string("?")
                                            : std::to_string(extent);
                        }),
              ", ") +
         "]";
}

//===----------------------------------------------------------------------===//
// HostTensor
//===----------------------------------------------------------------------===//

void HostTensor::Free::operator()(char *pointer) const { std::free(pointer); }

HostTensor::HostTensor(ElementKind kind, ArrayRef<int64_t> shape)
    : kind(kind), shape(shape), elements(1) {
  for (int64_t extent : shape)
    elements *= extent;
  size_t size = std::max<size_t>(alignTo(bytes(), alignment), alignment);
  char *memory = static_cast<char *>(std::aligned_alloc(alignment, size));
  if (!memory)
    report_bad_alloc_error("no memory for a tensor");
  std::memset(memory, 0, size);
  storage.reset(memory);
}

/// Converts the bits of a half-width float to a double.
static double fromBits(const fltSemantics &semantics, uint16_t bits) {
  APFloat value(semantics, APInt(16, bits));
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

static uint16_t toBits(const fltSemantics &semantics, double number) {
  APFloat value(number);
  bool losesInfo;
  value.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return static_cast<uint16_t>(value.bitcastToAPInt().getZExtValue());
}

double HostTensor::getAsDouble(int64_t index) const {
  switch (kind) {
  case ElementKind::F32:
    return as<float>()[index];
  case ElementKind::F64:
    return as<double>()[index];
  case ElementKind::F16:
    return fromBits(APFloat::IEEEhalf(), as<uint16_t>()[index]);
  case ElementKind::BF16:
    return fromBits(APFloat::BFloat(), as<uint16_t>()[index]);
  case ElementKind::U64:
    return static_cast<double>(as<uint64_t>()[index]);
  default:
    return static_cast<double>(getAsInteger(index));
  }
}

int64_t HostTensor::getAsInteger(int64_t index) const {
  switch (kind) {
  case ElementKind::Bool:
  case ElementKind::U8:
    return as<uint8_t>()[index];
  case ElementKind::I8:
    return as<int8_t>()[index];
  case ElementKind::I16:
    return as<int16_t>()[index];
  case ElementKind::U16:
    return as<uint16_t>()[index];
  case ElementKind::I32:
    return as<int32_t>()[index];
  case ElementKind::U32:
    return as<uint32_t>()[index];
  case ElementKind::I64:
  case ElementKind::U64:
    return as<int64_t>()[index];
  default:
    return static_cast<int64_t>(getAsDouble(index));
  }
}

void HostTensor::set(int64_t index, double value) {
  switch (kind) {
  case ElementKind::F32:
    as<float>()[index] = static_cast<float>(value);
    return;
  case ElementKind::F64:
    as<double>()[index] = value;
    return;
  case ElementKind::F16:
    as<uint16_t>()[index] = toBits(APFloat::IEEEhalf(), value);
    return;
  case ElementKind::BF16:
    as<uint16_t>()[index] = toBits(APFloat::BFloat(), value);
    return;
  case ElementKind::U64:
    as<uint64_t>()[index] = static_cast<uint64_t>(value);
    return;
  default: {
    int64_t integer = static_cast<int64_t>(value);
    // The host must be little-endian, as the file formats are.
    std::memcpy(data() + index * byteWidth(kind), &integer, byteWidth(kind));
  }
  }
}

HostTensor HostTensor::convert(ElementKind to) const {
  if (to == kind)
    return clone();
  HostTensor result(to, shape);
  bool integers = !isFloat(kind) && !isFloat(to);
  for (int64_t i = 0; i < elements; ++i) {
    if (integers) {
      int64_t value = getAsInteger(i);
      if (to == ElementKind::Bool)
        value = value != 0;
      std::memcpy(result.data() + i * byteWidth(to), &value, byteWidth(to));
    } else {
      result.set(i, getAsDouble(i));
    }
  }
  return result;
}

HostTensor HostTensor::clone() const {
  HostTensor result(kind, shape);
  std::memcpy(result.data(), data(), bytes());
  return result;
}

void HostTensor::reinterpret(ElementKind to) {
  if (byteWidth(to) == byteWidth(kind))
    kind = to;
}

void HostTensor::reshape(ArrayRef<int64_t> newShape) {
  shape.assign(newShape.begin(), newShape.end());
}

Expected<int64_t> checkedByteCount(StringRef where, ArrayRef<int64_t> shape,
                                   unsigned elementBytes) {
  int64_t bytes = elementBytes;
  for (int64_t extent : shape)
    if (extent < 0)
      return userError(where,
                       "negative extent in the shape " + formatShape(shape));
  if (is_contained(shape, 0))
    return 0;
  for (int64_t extent : shape)
    if (MulOverflow(bytes, extent, bytes) || bytes > (int64_t(1) << 46))
      return userError(where, "the shape " + formatShape(shape) +
                                  " does not fit in memory");
  return bytes;
}

} // namespace coppice::runtime
