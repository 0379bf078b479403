//===- TensorData.cpp - Tensors of a model file -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/TensorData.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace coppice::onnx_frontend;
using llvm::ArrayRef, llvm::SmallString, llvm::StringRef, llvm::Twine;

/// The hint for a file that contradicts itself.
static constexpr const char *kDamaged =
    "; the file is damaged; export it again";

//===----------------------------------------------------------------------===//
// Type codes
//===----------------------------------------------------------------------===//

// The names by number. The installed library does not know codes above 16.
std::string coppice::onnx_frontend::getTypeName(int code) {
  static constexpr const char *names[] = {
      "undefined",      "float",        "uint8",          "int8",
      "uint16",         "int16",        "int32",          "int64",
      "string",         "bool",         "float16",        "double",
      "uint32",         "uint64",       "complex64",      "complex128",
      "bfloat16",       "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
      "float8e5m2fnuz", "uint4",        "int4",           "float4e2m1",
      "float8e8m0"};
  if (code < 0 || code >= static_cast<int>(std::size(names)))
    return "type code " + std::to_string(code);
  return names[code];
}

std::string coppice::onnx_frontend::getTypeCodeName(int code) {
  std::string name = getTypeName(code);
  if (StringRef(name).starts_with("type code"))
    return name;
  return name + " (type code " + std::to_string(code) + ")";
}

int64_t coppice::onnx_frontend::getElementBytes(int code) {
  switch (code) {
  case 2: // uint8
  case 3: // int8
  case 9: // bool
    return 1;
  case 4:  // uint16
  case 5:  // int16
  case 10: // float16
  case 16: // bfloat16
    return 2;
  case 1:  // float32
  case 6:  // int32
  case 12: // uint32
    return 4;
  case 7:  // int64
  case 11: // float64
  case 13: // uint64
    return 8;
  default:
    return 0;
  }
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

/// Maps the file of a tensor's external data into memory.
static std::optional<TensorBytes> readExternal(const ::onnx::TensorProto &proto,
                                               uint64_t wanted,
                                               StringRef folder,
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
                "', which is not a number" + kDamaged;
        return std::nullopt;
      }
      if (entry.key() == "offset")
        offset = number;
      else
        length = number;
    }
  }
  namespace path = llvm::sys::path;
  if (location.empty()) {
    error = std::string("external data has no location") + kDamaged;
    return std::nullopt;
  }
  // The path must stay in the model's folder: not absolute, without `..`, and
  // not through a link.
  if (path::is_absolute(location) ||
      llvm::is_contained(
          llvm::make_range(path::begin(location), path::end(location)),
          StringRef(".."))) {
    error = "external data lies in '" + location +
            "', outside the folder of the model; move it beside the model, and "
            "give its name alone";
    return std::nullopt;
  }
  SmallString<256> file(folder), realFolder, realFile;
  path::append(file, location);
  if (std::error_code code = llvm::sys::fs::real_path(file, realFile)) {
    error = "cannot open external data '" + location + "': " + code.message() +
            "; it belongs beside the file that names it";
    return std::nullopt;
  }
  StringRef inside = realFile;
  if (llvm::sys::fs::real_path(folder.empty() ? "." : folder, realFolder) ||
      !inside.consume_front(realFolder) ||
      !(inside.starts_with("/") || realFolder == "/")) {
    error = "external data '" + location +
            "' is a link that leaves the folder of the model; copy the file "
            "there";
    return std::nullopt;
  }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFile(realFile, /*IsText=*/false,
                                  /*RequiresNullTerminator=*/false);
  if (!buffer) {
    error = "cannot read external data '" + location +
            "': " + buffer.getError().message();
    return std::nullopt;
  }
  uint64_t available = (*buffer)->getBufferSize();
  if (length && *length != wanted) {
    error = "external data has length " + std::to_string(*length) +
            ", but the tensor takes " + std::to_string(wanted) + " bytes" +
            kDamaged;
    return std::nullopt;
  }
  if (offset > available || available - offset < wanted) {
    error = "external data needs " + std::to_string(wanted) +
            " bytes at offset " + std::to_string(offset) + " of '" + location +
            "', which has " + std::to_string(available) + kDamaged;
    return std::nullopt;
  }
  std::shared_ptr<llvm::MemoryBuffer> owner = std::move(*buffer);
  ArrayRef<char> bytes(owner->getBufferStart() + offset, wanted);
  llvm::Align align(getElementBytes(proto.data_type()));
  if (!llvm::isAddrAligned(align, bytes.data())) {
    auto copy = std::make_shared<std::string>(bytes.begin(), bytes.end());
    return TensorBytes{ArrayRef<char>(copy->data(), copy->size()), copy};
  }
  return TensorBytes{bytes, owner};
}

/// Copies a typed field (one entry per element) of a tensor of `bytes` bytes.
template <typename Field>
static std::optional<TensorBytes> readTyped(const Field &field, StringRef name,
                                            int64_t width, int64_t bytes,
                                            std::string &error) {
  if (field.size() != bytes / width) {
    error = (name + " has " + Twine(field.size()) +
             " values, but the shape has " + Twine(bytes / width) + kDamaged)
                .str();
    return std::nullopt;
  }
  auto storage = std::make_shared<std::string>(bytes, '\0');
  char *out = storage->data();
  // Elements of narrow types are in the low bytes of wider fields.
  for (auto value : field) {
    std::memcpy(out, &value, width);
    out += width;
  }
  return TensorBytes{ArrayRef<char>(storage->data(), storage->size()), storage};
}

std::optional<TensorBytes>
coppice::onnx_frontend::readTensorBytes(::onnx::TensorProto &proto,
                                        StringRef folder, std::string &error) {
  int code = proto.data_type();
  int64_t width = getElementBytes(code), count = width;
  if (width == 0) {
    error = "element type " + getTypeCodeName(code) + " is not supported";
    return std::nullopt;
  }
  for (int64_t extent : proto.dims()) {
    if (extent < 0) {
      error = std::string("has a negative extent") + kDamaged;
      return std::nullopt;
    }
    if (llvm::MulOverflow(count, extent, count)) {
      error =
          std::string("has more bytes than an address can count") + kDamaged;
      return std::nullopt;
    }
  }
  if (proto.has_segment()) {
    error = "is stored in segments, which are not supported; export it in one "
            "piece";
    return std::nullopt;
  }
  if (proto.data_location() == ::onnx::TensorProto::EXTERNAL)
    return readExternal(proto, count, folder, error);
  if (proto.has_raw_data()) {
    if (static_cast<int64_t>(proto.raw_data().size()) != count) {
      error = "has " + std::to_string(proto.raw_data().size()) +
              " bytes of data, but its shape takes " + std::to_string(count) +
              kDamaged;
      return std::nullopt;
    }
    auto storage =
        std::make_shared<std::string>(std::move(*proto.mutable_raw_data()));
    return TensorBytes{ArrayRef<char>(storage->data(), storage->size()),
                       storage};
  }
  switch (code) {
  case 1:
    return readTyped(proto.float_data(), "float_data", width, count, error);
  case 7:
    return readTyped(proto.int64_data(), "int64_data", width, count, error);
  case 11:
    return readTyped(proto.double_data(), "double_data", width, count, error);
  case 12:
  case 13:
    return readTyped(proto.uint64_data(), "uint64_data", width, count, error);
  default:
    return readTyped(proto.int32_data(), "int32_data", width, count, error);
  }
}
