//===- OpenExtents.h - Open extents from given tensors ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_OPENEXTENTS_H
#define COPPICE_FRONTENDS_ONNX_OPENEXTENTS_H

#include "coppice/ONNX.h"
#include "onnx/onnx_pb.h"

namespace coppice::onnx_frontend {

/// Extents from the tensors of `ONNXImportOptions`, for inputs that leave them
/// open.
class OpenExtents {
public:
  OpenExtents() = default;
  OpenExtents(const ONNXImportOptions &options,
              llvm::ArrayRef<const ::onnx::ValueInfoProto *> inputs);

  /// Returns the shape of an input that has none in the file, if its tensor is
  /// given.
  std::optional<llvm::ArrayRef<int64_t>>
  getShape(const ::onnx::ValueInfoProto &input) const;
  /// Returns the extent of an axis that the file leaves open, if it is known.
  std::optional<int64_t> get(const ::onnx::ValueInfoProto &input,
                             size_t axis) const;
  /// Returns the leading extent of an input that leaves it open. Without a
  /// tensor for this input, it is that of the first input with one.
  std::optional<int64_t> getBatch(const ::onnx::ValueInfoProto &input) const;

private:
  llvm::StringMap<llvm::ArrayRef<int64_t>> shapes; // by input
  llvm::StringMap<int64_t> named;                  // by symbol
  std::optional<int64_t> batch;
};

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_OPENEXTENTS_H
