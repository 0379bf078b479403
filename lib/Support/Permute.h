//===- Permute.h - Elements of a tensor in another axis order ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_PERMUTE_H
#define COPPICE_LIB_SUPPORT_PERMUTE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace coppice {

/// Returns the inverse of `permutation`.
llvm::SmallVector<int64_t>
invertPermutation(llvm::ArrayRef<int64_t> permutation);

/// Returns a permuted shape: axis i of the result is axis permutation[i].
llvm::SmallVector<int64_t> permuteShape(llvm::ArrayRef<int64_t> shape,
                                        llvm::ArrayRef<int64_t> permutation);

/// Copies the elements of a row-major tensor, `width` bytes each, into `out`
/// (which has the size of `in`), so that axis i of the result is axis
/// permutation[i].
void permuteElements(llvm::ArrayRef<char> in, llvm::ArrayRef<int64_t> shape,
                     llvm::ArrayRef<int64_t> permutation, int64_t width,
                     llvm::MutableArrayRef<char> out);

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_PERMUTE_H
