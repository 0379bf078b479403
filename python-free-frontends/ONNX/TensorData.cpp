//===- TensorData.cpp - Tensors of a model file -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/HostTensor.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace coppice::onnx_frontend;

//===----------------------------------------------------------------------===//
// Type codes
//===----------------------------------------------------------------------===//

// By number: codes above 16 are younger than the installed library.
std::string coppice::onnx_frontend::getTypeCodeName(int code) {
  static constexpr const char *names[] = {
      "undefined",      "float32",      "uint8",          "int8",
      "uint16",         "int16",        "int32",          "int64",
      "string",         "bool",         "float16",        "float64",
      "uint32",         "uint64",       "complex64",      "complex128",
      "bfloat16",       "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
      "float8e5m2fnuz", "uint4",        "int4",           "float4e2m1",
      "float8e8m0"};
  if (code < 0 || code >= static_cast<int>(std::size(names)))
    return "type code " + std::to_string(code);
  return std::string(names[code]) + " (type code " + std::to_string(code) + ")";
}

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

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

/// The file of a tensor's external data, mapped into memory.
static FailureOr<HostTensor> readExternal(const ::onnx::TensorProto &proto,
                                          RankedTensorType type,
                                          uint64_t wanted, StringRef folder,
                                          std::string &error) {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  for (const ::onnx::StringStringEntryProto &entry : proto.external_data()) {
    uint64_t number = 0;
    bool isNumber = !StringRef(entry.value()).getAsInteger(10, number);
    if (entry.key() == "location") {
      location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      if (!isNumber) {
        error = "external data has " + entry.key() + " '" + entry.value() +
                "', which is not a number";
        return failure();
      }
      if (entry.key() == "offset")
        offset = number;
      else
        length = number;
    }
  }
  namespace path = llvm::sys::path;
  if (location.empty()) {
    error = "external data has no location";
    return failure();
  }
  // Neither an absolute path nor `..` nor a link may leave the model's folder.
  if (path::is_absolute(location) ||
      llvm::is_contained(
          llvm::make_range(path::begin(location), path::end(location)),
          StringRef(".."))) {
    error = "external data lies in '" + location +
            "', outside the folder of the model";
    return failure();
  }
  SmallString<256> file(folder), realFolder, realFile;
  path::append(file, location);
  if (std::error_code code = llvm::sys::fs::real_path(file, realFile)) {
    error = "cannot open external data '" + location + "': " + code.message();
    return failure();
  }
  StringRef inside = realFile;
  if (llvm::sys::fs::real_path(folder.empty() ? "." : folder, realFolder) ||
      !inside.consume_front(realFolder) ||
      !(inside.starts_with("/") || realFolder == "/")) {
    error = "external data '" + location +
            "' is a link that leaves the folder of the model";
    return failure();
  }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFile(realFile, /*IsText=*/false,
                                  /*RequiresNullTerminator=*/false);
  if (!buffer) {
    error = "cannot read external data '" + location +
            "': " + buffer.getError().message();
    return failure();
  }
  uint64_t available = (*buffer)->getBufferSize();
  if (length && *length != wanted) {
    error = "external data has length " + std::to_string(*length) +
            ", but the tensor takes " + std::to_string(wanted) + " bytes";
    return failure();
  }
  if (offset > available || available - offset < wanted) {
    error = "external data needs " + std::to_string(wanted) +
            " bytes at offset " + std::to_string(offset) + " of '" + location +
            "', which has " + std::to_string(available);
    return failure();
  }
  std::shared_ptr<llvm::MemoryBuffer> owner = std::move(*buffer);
  ArrayRef<char> bytes(owner->getBufferStart() + offset, wanted);
  int64_t width = getElementBytes(type.getElementType());
  if (!llvm::isAddrAligned(llvm::Align(width), bytes.data())) {
    auto copy = std::make_shared<std::string>(bytes.begin(), bytes.end());
    return HostTensor{type, ArrayRef<char>(copy->data(), copy->size()), copy};
  }
  return HostTensor{type, bytes, owner};
}

/// Copies a typed field (one entry per element) of a tensor.
template <typename Field>
static FailureOr<HostTensor> readTyped(const Field &field, StringRef name,
                                       RankedTensorType type,
                                       std::string &error) {
  if (field.size() != type.getNumElements()) {
    error = (name + " has " + Twine(field.size()) +
             " values, but the shape has " + Twine(type.getNumElements()))
                .str();
    return failure();
  }
  int64_t width = getElementBytes(type.getElementType());
  auto storage = std::make_shared<std::string>(field.size() * width, '\0');
  char *out = storage->data();
  // Narrow types lie in the low bytes of wider fields.
  for (auto value : field) {
    std::memcpy(out, &value, width);
    out += width;
  }
  return HostTensor{type, ArrayRef<char>(storage->data(), storage->size()),
                    storage};
}

FailureOr<HostTensor>
coppice::onnx_frontend::readTensor(::onnx::TensorProto &proto, StringRef folder,
                                   MLIRContext *context, std::string &error) {
  Type element = getElementType(proto.data_type(), context);
  if (!element) {
    error = "element type " + getTypeCodeName(proto.data_type()) +
            " is not supported";
    return failure();
  }
  SmallVector<int64_t> shape(proto.dims().begin(), proto.dims().end());
  int64_t width = getElementBytes(element), count = width;
  for (int64_t extent : shape) {
    if (extent < 0) {
      error = "has a negative extent";
      return failure();
    }
    if (llvm::MulOverflow(count, extent, count)) {
      error = "has more bytes than an address can count";
      return failure();
    }
  }
  auto type = RankedTensorType::get(shape, element);
  if (proto.has_segment()) {
    error = "is stored in segments, which are not supported";
    return failure();
  }
  if (proto.data_location() == ::onnx::TensorProto::EXTERNAL)
    return readExternal(proto, type, count, folder, error);
  if (proto.has_raw_data()) {
    if (static_cast<int64_t>(proto.raw_data().size()) != count) {
      error = "has " + std::to_string(proto.raw_data().size()) +
              " bytes of data, but its shape takes " + std::to_string(count);
      return failure();
    }
    auto storage =
        std::make_shared<std::string>(std::move(*proto.mutable_raw_data()));
    return HostTensor{type, ArrayRef<char>(storage->data(), storage->size()),
                      storage};
  }
  if (element.isF32())
    return readTyped(proto.float_data(), "float_data", type, error);
  if (element.isF64())
    return readTyped(proto.double_data(), "double_data", type, error);
  auto integer = dyn_cast<IntegerType>(element);
  if (integer && integer.isUnsigned() && integer.getWidth() >= 32)
    return readTyped(proto.uint64_data(), "uint64_data", type, error);
  if (integer && integer.getWidth() == 64)
    return readTyped(proto.int64_data(), "int64_data", type, error);
  return readTyped(proto.int32_data(), "int32_data", type, error);
}
