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

/// A tensor of the reference: what each element means, whatever its type
/// stores, with the exact sums behind it. `runtime::HostTensor` holds what a
/// program stores.
struct ReferenceTensor {
  llvm::SmallVector<int64_t> shape;
  /// The elements, or what their codes stand for, in double precision.
  std::vector<double> reals;
  /// The largest number that the op rounds to its type on the way to an
  /// element: the logarithm of a sum near 1 has the sum's error, however small
  /// it is.
  double rounded = 0;
  /// Of a tensor of integers: the elements, exactly. Empty for another one.
  std::vector<int64_t> integers;

  /// The same as TensorFlow Lite's integer kernels hold it before they rescale;
  /// no `sums` where they have no such form. Element i is
  /// sums[i] scales[i] / counts[i]; no counts are all 1.
  std::vector<int64_t> sums, counts;
  std::vector<double> scales;
  /// Of the codes that a mean is taken of, and the bounds of rectifiers since.
  int64_t zeroPoint = 0;
  /// Of those codes.
  unsigned bits = 8;
  double low = -HUGE_VAL, high = HUGE_VAL;

  /// What computed it: `conv2d`; empty for what moves alone.
  llvm::StringRef op;
  /// False where an op on the way has no reference.
  bool isKnown = true;

  /// An empty tensor has no scale to compute with.
  bool isFixed() const {
    return isKnown && !sums.empty() && sums.size() == reals.size();
  }
  int64_t size() const { return static_cast<int64_t>(reals.size()); }
};

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_TENSOR_H
