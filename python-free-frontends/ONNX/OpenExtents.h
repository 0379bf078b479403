//===- OpenExtents.h - Extents that tensors at hand decide ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_OPENEXTENTS_H
#define COPPICE_FRONTENDS_ONNX_OPENEXTENTS_H

#include "coppice/ONNX.h"
#include "onnx/onnx_pb.h"

namespace coppice::onnx_frontend {

/// What the tensors of `ONNXImportOptions` say of extents that the inputs of a
/// graph leave open.
class OpenExtents {
public:
  OpenExtents() = default;
  OpenExtents(const ONNXImportOptions &options,
              llvm::ArrayRef<const ::onnx::ValueInfoProto *> inputs);

  /// The shape of an input that has none in the file, if a tensor tells it.
  std::optional<llvm::ArrayRef<int64_t>>
  getShape(const ::onnx::ValueInfoProto &input) const;
  /// The extent of an axis that the file leaves open, if a tensor tells it.
  std::optional<int64_t> get(const ::onnx::ValueInfoProto &input,
                             size_t axis) const;
  /// The leading extent of an input that leaves it open; where no tensor tells
  /// it, that of the first input whose tensor does.
  std::optional<int64_t> getBatch(const ::onnx::ValueInfoProto &input) const;

private:
  llvm::StringMap<llvm::ArrayRef<int64_t>> shapes; // by input
  llvm::StringMap<int64_t> named;                  // by symbol
  std::optional<int64_t> batch;
};

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_OPENEXTENTS_H
