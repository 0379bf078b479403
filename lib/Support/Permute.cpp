//===- Permute.cpp - Elements of a tensor in another axis order -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Support/Permute.h"

#include <cstring>

using namespace llvm;

SmallVector<int64_t> coppice::invertPermutation(ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> result(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i)
    result[permutation[i]] = i;
  return result;
}

SmallVector<int64_t> coppice::permuteShape(ArrayRef<int64_t> shape,
                                           ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> result;
  for (int64_t axis : permutation)
    result.push_back(shape[axis]);
  return result;
}

void coppice::permuteElements(ArrayRef<char> in, ArrayRef<int64_t> shape,
                              ArrayRef<int64_t> permutation, int64_t width,
                              MutableArrayRef<char> out) {
  int64_t rank = shape.size();
  SmallVector<int64_t> strides(rank, width), index(rank, 0);
  for (int64_t i = rank - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * shape[i + 1];
  SmallVector<int64_t> extents = permuteShape(shape, permutation);
  SmallVector<int64_t> steps = permuteShape(strides, permutation);
  int64_t offset = 0;
  for (size_t to = 0; to < out.size(); to += width) {
    std::memcpy(out.data() + to, in.data() + offset, width);
    for (int64_t axis = rank - 1; axis >= 0; --axis) {
      offset += steps[axis];
      if (++index[axis] < extents[axis])
        break;
      offset -= steps[axis] * extents[axis];
      index[axis] = 0;
    }
  }
}
