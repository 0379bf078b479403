//===- Reshape.cpp - Reshapes as collapses and expansions -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Support/Reshape.h"

using namespace mlir;
using namespace coppice;

/// One group of all axes of a tensor of `rank`.
static SmallVector<ReassociationIndices> joinAll(int64_t rank) {
  return {llvm::to_vector<2>(llvm::seq<int64_t>(0, rank))};
}

SmallVector<ReshapeStep, 2> coppice::getReshapeSteps(ArrayRef<int64_t> from,
                                                     ArrayRef<int64_t> to) {
  SmallVector<ReshapeStep, 2> steps;
  if (from == to)
    return steps;
  auto add = [&](bool isCollapse, ArrayRef<int64_t> shape,
                 SmallVector<ReassociationIndices> groups) {
    steps.push_back({isCollapse, SmallVector<int64_t>(shape), groups});
  };
  if (from.empty() || to.empty()) {
    add(/*isCollapse=*/to.empty(), to, {});
    return steps;
  }
  int64_t elements = ShapedType::getNumElements(from);
  if (from.size() != to.size() && elements > 0) {
    bool isCollapse = from.size() > to.size();
    if (auto groups = isCollapse
                          ? getReassociationIndicesForCollapse(from, to)
                          : getReassociationIndicesForCollapse(to, from)) {
      add(isCollapse, to, *groups);
      return steps;
    }
  }
  if (from.size() > 1)
    add(/*isCollapse=*/true, elements, joinAll(from.size()));
  if (to.size() > 1)
    add(/*isCollapse=*/false, to, joinAll(to.size()));
  return steps;
}
