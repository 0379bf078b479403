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

/// Returns the name of a type code: `float32`, `int4`, ...
std::string getTypeName(int code);
/// Returns the name of a type code, with the code if the name may be unknown.
std::string getTypeCodeName(int code);

/// Returns the bytes of an element of a type code; 0 if Coppice lacks the type.
int64_t getElementBytes(int code);

/// Reads a tensor. Raw data is moved out of `proto`. `folder` is the folder of
/// external data files. On failure `error` holds the reason.
std::optional<TensorBytes> readTensorBytes(::onnx::TensorProto &proto,
                                           llvm::StringRef folder,
                                           std::string &error);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_TENSORDATA_H
