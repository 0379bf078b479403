//===- TensorFile.cpp - Tensors in .npy and ONNX .pb files -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/TensorFile.h"

#include "lib/Runtime/Npy.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "python-free-frontends/ONNX/TensorData.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cstring>

using namespace llvm;

namespace coppice::runtime {

static std::optional<ElementKind> kindOf(int dataType) {
  switch (dataType) {
  case onnx::TensorProto::FLOAT:
    return ElementKind::F32;
  case onnx::TensorProto::UINT8:
    return ElementKind::U8;
  case onnx::TensorProto::INT8:
    return ElementKind::I8;
  case onnx::TensorProto::UINT16:
    return ElementKind::U16;
  case onnx::TensorProto::INT16:
    return ElementKind::I16;
  case onnx::TensorProto::INT32:
    return ElementKind::I32;
  case onnx::TensorProto::INT64:
    return ElementKind::I64;
  case onnx::TensorProto::BOOL:
    return ElementKind::Bool;
  case onnx::TensorProto::FLOAT16:
    return ElementKind::F16;
  case onnx::TensorProto::DOUBLE:
    return ElementKind::F64;
  case onnx::TensorProto::UINT32:
    return ElementKind::U32;
  case onnx::TensorProto::UINT64:
    return ElementKind::U64;
  case onnx::TensorProto::BFLOAT16:
    return ElementKind::BF16;
  default:
    return std::nullopt;
  }
}

static int dataTypeOf(ElementKind kind) {
  for (int type = 1; type <= onnx::TensorProto::BFLOAT16; ++type)
    if (kindOf(type) == kind)
      return type;
  return onnx::TensorProto::UNDEFINED;
}

Expected<NamedTensor> readTensorProto(StringRef path) {
  auto file = MemoryBuffer::getFile(path, /*IsText=*/false,
                                    /*RequiresNullTerminator=*/false);
  if (!file)
    return fileError(path, "read", file.getError());
  StringRef bytes = (*file)->getBuffer();
  onnx::TensorProto proto;
  if (bytes.size() > size_t(INT32_MAX) ||
      !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return userError(path, "is not a serialized ONNX tensor",
                     "was the file cut?");

  std::optional<ElementKind> kind = kindOf(proto.data_type());
  if (!kind)
    return unsupportedError(path, "ONNX element type " +
                                      Twine(proto.data_type()) +
                                      " is not supported");
  std::string reason;
  std::optional<onnx_frontend::TensorBytes> data =
      onnx_frontend::readTensorBytes(proto, sys::path::parent_path(path),
                                     reason);
  if (!data)
    return userError(path, reason);
  SmallVector<int64_t, 4> shape(proto.dims().begin(), proto.dims().end());
  NamedTensor result{proto.name(), HostTensor(*kind, shape)};
  if (!data->bytes.empty())
    std::memcpy(result.tensor.data(), data->bytes.data(), data->bytes.size());
  return std::move(result);
}

std::string serializeTensor(StringRef name, const HostTensor &tensor) {
  onnx::TensorProto proto;
  proto.set_name(name.str());
  proto.set_data_type(dataTypeOf(tensor.getKind()));
  for (int64_t extent : tensor.getShape())
    proto.add_dims(extent);
  proto.set_raw_data(tensor.data(), tensor.bytes());
  std::string bytes;
  if (!proto.SerializeToString(&bytes))
    bytes.clear();
  return bytes;
}

Error writeTensorProto(StringRef path, StringRef name,
                       const HostTensor &tensor) {
  std::string bytes = serializeTensor(name, tensor);
  if (bytes.empty())
    return userError(path, "the tensor is too large for an ONNX file",
                     "use .npy");
  return writeFile(path, bytes);
}

Expected<NamedTensor> readTensorFile(StringRef path) {
  StringRef extension = sys::path::extension(path);
  if (extension == ".pb")
    return readTensorProto(path);
  if (extension != ".npy")
    return userError(path, "unknown kind of tensor file",
                     "use .npy or an ONNX tensor in .pb");
  Expected<HostTensor> tensor = readNpy(path);
  if (!tensor)
    return tensor.takeError();
  return NamedTensor{"", std::move(*tensor)};
}

Error writeTensorFile(StringRef path, StringRef name,
                      const HostTensor &tensor) {
  if (sys::path::extension(path) == ".pb")
    return writeTensorProto(path, name, tensor);
  return writeNpy(path, tensor);
}

} // namespace coppice::runtime
