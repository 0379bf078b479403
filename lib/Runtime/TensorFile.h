//===- TensorFile.h - Tensors in .npy and ONNX .pb files -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_TENSORFILE_H
#define COPPICE_LIB_RUNTIME_TENSORFILE_H

#include "lib/Runtime/HostTensor.h"

namespace coppice::runtime {

struct NamedTensor {
  std::string name; // empty in files that hold none
  HostTensor tensor;
};

/// Reads a serialized onnx.TensorProto. HostTensor has no strings, complex
/// numbers and 8-bit floats, which are refused by name.
llvm::Expected<NamedTensor> readTensorProto(llvm::StringRef path);

/// Returns the bytes of an onnx.TensorProto; empty if it would be too large.
std::string serializeTensor(llvm::StringRef name, const HostTensor &tensor);

/// Writes a serialized onnx.TensorProto.
llvm::Error writeTensorProto(llvm::StringRef path, llvm::StringRef name,
                             const HostTensor &tensor);

/// Reads a .npy or .pb file, by the extension.
llvm::Expected<NamedTensor> readTensorFile(llvm::StringRef path);
llvm::Error writeTensorFile(llvm::StringRef path, llvm::StringRef name,
                            const HostTensor &tensor);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_TENSORFILE_H
