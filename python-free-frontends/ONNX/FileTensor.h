//===- FileTensor.h - Tensors whose values the importer knows ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_FILETENSOR_H
#define COPPICE_FRONTENDS_ONNX_FILETENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "python-free-frontends/ONNX/TensorData.h"

#include <memory>

namespace coppice::onnx_frontend {

/// A tensor with known elements, in row-major order as ONNX stores them (a
/// bool takes a byte). A splat stores one element.
///
/// The bytes are those of the file, shared and read only, until they become an
/// attribute, so weights of gigabytes are never copied. A program reads and
/// writes `runtime::HostTensor`, whose memory belongs to one tensor and is
/// aligned for generated code.
struct FileTensor {
  mlir::RankedTensorType type;
  llvm::ArrayRef<char> bytes;
  std::shared_ptr<void> owner;
  bool isSplat = false;

  int64_t size() const { return type.getNumElements(); }
  bool isFloat() const {
    return llvm::isa<mlir::FloatType>(type.getElementType());
  }
  int64_t getInt(int64_t index) const;
  double getFloat(int64_t index) const;
  llvm::SmallVector<int64_t> getInts() const;
  llvm::SmallVector<double> getFloats() const;

  /// Creates a splat of a value, converted to the element type: integers wrap,
  /// floats round.
  static FileTensor get(mlir::RankedTensorType type,
                        llvm::ArrayRef<int64_t> values);
  static FileTensor get(mlir::RankedTensorType type,
                        llvm::ArrayRef<double> values);
  static FileTensor splat(mlir::RankedTensorType type, const FileTensor &value);

  /// Returns the same elements in another shape.
  FileTensor reshaped(llvm::ArrayRef<int64_t> shape) const;

  /// Returns the value as an attribute of a constant. Large tensors become
  /// resources.
  mlir::ElementsAttr toAttr(llvm::StringRef name) const;
  /// Returns the value as a resource that shares the bytes, or holds a permuted
  /// copy of them (axis i of the result is axis `layout[i]`).
  mlir::ElementsAttr toResource(llvm::StringRef name,
                                llvm::ArrayRef<int64_t> layout = {}) const;
};

/// Returns the bytes of an element as ONNX stores it.
int64_t getElementBytes(mlir::Type element);

/// Returns the element type of an ONNX type code; null if Coppice has none.
mlir::Type getElementType(int code, mlir::MLIRContext *context);

/// Reads a tensor. Raw data is moved out of `proto`. `folder` is the folder of
/// external data files. On failure `error` holds the reason.
mlir::FailureOr<FileTensor> readTensor(::onnx::TensorProto &proto,
                                       llvm::StringRef folder,
                                       mlir::MLIRContext *context,
                                       std::string &error);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_FILETENSOR_H
