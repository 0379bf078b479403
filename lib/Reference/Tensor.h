//===- Tensor.h - A tensor of the reference ---------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REFERENCE_TENSOR_H
#define COPPICE_LIB_REFERENCE_TENSOR_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cmath>
#include <cstdint>
#include <vector>

namespace coppice::reference {

/// A tensor of the reference: the real value of each element and the exact sums
/// that it was rounded from. `runtime::HostTensor` holds the stored form.
struct ReferenceTensor {
  llvm::SmallVector<int64_t> shape;
  /// The elements, or the real values of their codes, in double precision.
  std::vector<double> reals;
  /// The largest intermediate number that the op rounds to its type. It bounds
  /// the error of an element: the logarithm of a sum near 1 is small, but has
  /// the error of the sum.
  double rounded = 0;
  /// The exact elements of a tensor of integers; empty for other tensors.
  std::vector<int64_t> integers;

  /// The integers of TensorFlow Lite's kernels before they are rescaled; `sums`
  /// is empty if there is no such kernel. Element i is sums[i] scales[i] /
  /// counts[i]; empty `counts` are all 1.
  std::vector<int64_t> sums, counts;
  std::vector<double> scales;
  /// The zero point of the codes that a mean is taken of.
  int64_t zeroPoint = 0;
  /// The bits of those codes; `low` and `high` are the bounds of rectifiers
  /// since.
  unsigned bits = 8;
  double low = -HUGE_VAL, high = HUGE_VAL;

  /// The op that computed the tensor, such as `conv2d`; empty for ops that move
  /// elements.
  llvm::StringRef op;
  /// False if an op that it was computed by has no reference.
  bool isKnown = true;

  /// Whether the tensor has integers. An empty tensor has no scale, and so
  /// none.
  bool isFixed() const {
    return isKnown && !sums.empty() && sums.size() == reals.size();
  }
  int64_t size() const { return static_cast<int64_t>(reals.size()); }
};

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_TENSOR_H
