//===- ShareBorders.cpp - One border for all who read an image --*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/NNToLinalg/Lowering.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace coppice;

/// The fill that `insert` puts its source into.
static linalg::FillOp getFill(tensor::InsertSliceOp insert) {
  return insert.getDest().getDefiningOp<linalg::FillOp>();
}

static bool isSameBorder(tensor::InsertSliceOp a, tensor::InsertSliceOp b) {
  Attribute first, second;
  return a.getType() == b.getType() &&
         matchPattern(getFill(a).value(), m_Constant(&first)) &&
         matchPattern(getFill(b).value(), m_Constant(&second)) &&
         first == second && a.getMixedOffsets() == b.getMixedOffsets() &&
         a.getMixedSizes() == b.getMixedSizes() &&
         a.getMixedStrides() == b.getMixedStrides();
}

void coppice::shareBorders(Operation *root) {
  DenseMap<Value, SmallVector<tensor::InsertSliceOp>> inserts;
  SmallVector<tensor::InsertSliceOp> dead;
  root->walk([&](tensor::InsertSliceOp insert) {
    // What is not made here is copied for each reader, and no longer than it.
    Operation *source = insert.getSource().getDefiningOp();
    if (!getFill(insert) || !isa_and_nonnull<linalg::LinalgOp>(source) ||
        source->getBlock() != insert->getBlock())
      return;
    auto &known = inserts[insert.getSource()];
    for (tensor::InsertSliceOp other : known)
      if (isSameBorder(other, insert)) {
        insert.replaceAllUsesWith(other.getResult());
        dead.push_back(insert);
        return;
      }
    known.push_back(insert);
  });
  for (tensor::InsertSliceOp insert : dead)
    insert.erase();
}
