//===- FileTensor.cpp - Tensors whose values the importer knows -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/FileTensor.h"

#include "lib/Support/Permute.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace coppice::onnx_frontend;

/// Larger constants become resources.
static constexpr int64_t kInlineBytes = 1024;

int64_t coppice::onnx_frontend::getElementBytes(Type element) {
  return std::max<int64_t>(1, element.getIntOrFloatBitWidth() / 8);
}

//===----------------------------------------------------------------------===//
// Tensors of a file
//===----------------------------------------------------------------------===//

Type coppice::onnx_frontend::getElementType(int code, MLIRContext *context) {
  auto integer = [&](unsigned width, bool isUnsigned) -> Type {
    return IntegerType::get(context, width,
                            isUnsigned ? IntegerType::Unsigned
                                       : IntegerType::Signless);
  };
  switch (code) {
  case 1:
    return Float32Type::get(context);
  case 2:
    return integer(8, true);
  case 3:
    return integer(8, false);
  case 4:
    return integer(16, true);
  case 5:
    return integer(16, false);
  case 6:
    return integer(32, false);
  case 7:
    return integer(64, false);
  case 9:
    return integer(1, false);
  case 10:
    return Float16Type::get(context);
  case 11:
    return Float64Type::get(context);
  case 12:
    return integer(32, true);
  case 13:
    return integer(64, true);
  case 16:
    return BFloat16Type::get(context);
  default:
    return {};
  }
}

FailureOr<FileTensor>
coppice::onnx_frontend::readTensor(::onnx::TensorProto &proto, StringRef folder,
                                   MLIRContext *context, std::string &error) {
  std::optional<TensorBytes> data = readTensorBytes(proto, folder, error);
  if (!data)
    return failure();
  SmallVector<int64_t> shape(proto.dims().begin(), proto.dims().end());
  return FileTensor{
      RankedTensorType::get(shape, getElementType(proto.data_type(), context)),
      data->bytes, data->owner};
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// Returns the bits of an element, zero-extended.
static uint64_t loadBits(const FileTensor &tensor, int64_t index) {
  int64_t width = getElementBytes(tensor.type.getElementType());
  uint64_t bits = 0;
  std::memcpy(&bits, tensor.bytes.data() + (tensor.isSplat ? 0 : index * width),
              width);
  return bits;
}

int64_t FileTensor::getInt(int64_t index) const {
  if (isFloat())
    return static_cast<int64_t>(getFloat(index));
  uint64_t bits = loadBits(*this, index);
  auto element = cast<IntegerType>(type.getElementType());
  if (element.getWidth() == 1)
    return bits != 0;
  if (element.isUnsigned() || element.getWidth() == 64)
    return static_cast<int64_t>(bits);
  return llvm::SignExtend64(bits, element.getWidth());
}

double FileTensor::getFloat(int64_t index) const {
  auto element = dyn_cast<FloatType>(type.getElementType());
  if (!element)
    return static_cast<double>(getInt(index));
  APFloat value(element.getFloatSemantics(),
                APInt(element.getWidth(), loadBits(*this, index)));
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

SmallVector<int64_t> FileTensor::getInts() const {
  return llvm::map_to_vector(llvm::seq<int64_t>(0, size()),
                             [&](int64_t i) { return getInt(i); });
}

SmallVector<double> FileTensor::getFloats() const {
  return llvm::map_to_vector(llvm::seq<int64_t>(0, size()),
                             [&](int64_t i) { return getFloat(i); });
}

/// Builds a tensor from `bits`, which `store` returns for each element.
static FileTensor build(RankedTensorType type, size_t count,
                        llvm::function_ref<uint64_t(size_t)> bitsOf) {
  int64_t width = getElementBytes(type.getElementType());
  auto storage = std::make_shared<std::string>(count * width, '\0');
  for (size_t i = 0; i < count; ++i) {
    uint64_t bits = bitsOf(i);
    std::memcpy(storage->data() + i * width, &bits, width);
  }
  return FileTensor{type, ArrayRef<char>(storage->data(), storage->size()),
                    storage};
}

static uint64_t toBits(Type element, double value) {
  auto floatType = dyn_cast<FloatType>(element);
  if (!floatType)
    return static_cast<uint64_t>(static_cast<int64_t>(value));
  APFloat rounded(value);
  bool losesInfo;
  rounded.convert(floatType.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
  return rounded.bitcastToAPInt().getZExtValue();
}

FileTensor FileTensor::get(RankedTensorType type, ArrayRef<int64_t> values) {
  Type element = type.getElementType();
  return build(type, values.size(), [&](size_t i) -> uint64_t {
    if (element.isInteger(1))
      return values[i] != 0;
    return isa<FloatType>(element)
               ? toBits(element, static_cast<double>(values[i]))
               : static_cast<uint64_t>(values[i]);
  });
}

FileTensor FileTensor::get(RankedTensorType type, ArrayRef<double> values) {
  Type element = type.getElementType();
  return build(type, values.size(), [&](size_t i) -> uint64_t {
    return element.isInteger(1) ? values[i] != 0 : toBits(element, values[i]);
  });
}

FileTensor FileTensor::splat(RankedTensorType type, const FileTensor &value) {
  FileTensor result = value;
  result.type = type;
  result.bytes = value.bytes.take_front(getElementBytes(type.getElementType()));
  result.isSplat = true;
  return result;
}

FileTensor FileTensor::reshaped(ArrayRef<int64_t> shape) const {
  FileTensor result = *this;
  result.type = RankedTensorType::get(shape, type.getElementType());
  return result;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

ElementsAttr FileTensor::toAttr(StringRef name) const {
  if (size() == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values;
    for (int64_t i = 0, e = isSplat ? 1 : size(); i < e; ++i)
      values.push_back(getInt(i) != 0);
    return DenseElementsAttr::get(type, values);
  }
  if (isSplat || static_cast<int64_t>(bytes.size()) <= kInlineBytes)
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  return toResource(name);
}

ElementsAttr FileTensor::toResource(StringRef name,
                                    ArrayRef<int64_t> layout) const {
  int64_t width = getElementBytes(type.getElementType());
  bool identity = llvm::equal(layout, llvm::seq<int64_t>(0, layout.size()));
  if (identity) {
    // The deleter's capture keeps the bytes alive.
    AsmResourceBlob blob(
        bytes, width, [owner = owner](void *, size_t, size_t) {},
        /*dataIsMutable=*/false);
    return DenseResourceElementsAttr::get(type, name, std::move(blob));
  }
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(bytes.size(), 64);
  permuteElements(bytes, type.getShape(), layout, width, blob.getMutableData());
  return DenseResourceElementsAttr::get(
      RankedTensorType::get(permuteShape(type.getShape(), layout),
                            type.getElementType()),
      name, std::move(blob));
}
