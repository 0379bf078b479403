//===- TensorData.h - The bytes of tensors in ONNX files --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_TENSORDATA_H
#define COPPICE_FRONTENDS_ONNX_TENSORDATA_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <optional>
#include <string>

namespace coppice::onnx_frontend {

/// The elements of a tensor, in row-major order as ONNX stores them (a bool
/// takes a byte).
struct TensorBytes {
  llvm::ArrayRef<char> bytes;
  std::shared_ptr<void> owner;
};

/// `float32`, `int4`, ...: the name of a type code.
std::string getTypeName(int code);
/// The same, with the code where the name alone may be news.
std::string getTypeCodeName(int code);

/// Bytes of an element of a type code; 0 where Coppice has no such type.
int64_t getElementBytes(int code);

/// Reads a tensor. Raw data is moved out of `proto`. `folder` is where files
/// of external data may lie. On failure `error` holds the reason.
std::optional<TensorBytes> readTensorBytes(::onnx::TensorProto &proto,
                                           llvm::StringRef folder,
                                           std::string &error);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_TENSORDATA_H
