//===- HostTensor.h - A tensor in host memory -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_HOSTTENSOR_H
#define COPPICE_LIB_RUNTIME_HOSTTENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemAlloc.h"

#include <memory>
#include <optional>

namespace mlir {
class Type;
} // namespace mlir

namespace coppice::runtime {

enum class ElementKind {
  Bool,
  I8,
  I16,
  I32,
  I64,
  U8,
  U16,
  U32,
  U64,
  F16,
  BF16,
  F32,
  F64
};

unsigned byteWidth(ElementKind kind);
bool isFloat(ElementKind kind);

/// Returns NumPy's name: `float32`, `uint8`, ...
llvm::StringRef name(ElementKind kind);

/// Returns the kind that holds values of an element type of the IR; nullopt for
/// types without a C type (quantized, sub-byte, index).
std::optional<ElementKind> elementKind(mlir::Type type);

/// Formats a shape: `[2, 3, 4]`.
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// A dense, row-major tensor that owns 64-byte-aligned memory, as generated
/// code requires. Move only.
class HostTensor {
public:
  HostTensor() = default;
  /// Creates a tensor of zeros.
  HostTensor(ElementKind kind, llvm::ArrayRef<int64_t> shape);

  ElementKind getKind() const { return kind; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t size() const { return elements; }
  size_t bytes() const { return elements * byteWidth(kind); }

  char *data() { return storage.get(); }
  const char *data() const { return storage.get(); }
  template <typename T> T *as() { return reinterpret_cast<T *>(data()); }
  template <typename T> const T *as() const {
    return reinterpret_cast<const T *>(data());
  }

  /// Returns element `index` in row-major order, converted.
  double getAsDouble(int64_t index) const;
  int64_t getAsInteger(int64_t index) const;
  /// Sets an element, rounded to nearest even if the kind is narrower.
  void set(int64_t index, double value);

  /// Returns the same values as another kind.
  HostTensor convert(ElementKind to) const;
  HostTensor clone() const;

  /// Changes the kind to one of the same width, without changing the bits.
  void reinterpret(ElementKind to);

  /// Changes the shape to one of as many elements, without moving them.
  void reshape(llvm::ArrayRef<int64_t> newShape);

private:
  struct Free {
    void operator()(char *pointer) const;
  };
  ElementKind kind = ElementKind::F32;
  llvm::SmallVector<int64_t, 4> shape;
  int64_t elements = 0;
  std::unique_ptr<char, Free> storage;
};

/// Returns the number of bytes of a shape read from a file. Fails if an extent
/// is negative or the product does not fit memory.
llvm::Expected<int64_t> checkedByteCount(llvm::StringRef where,
                                         llvm::ArrayRef<int64_t> shape,
                                         unsigned elementBytes);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_HOSTTENSOR_H
