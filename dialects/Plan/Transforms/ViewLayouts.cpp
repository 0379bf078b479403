//===- ViewLayouts.cpp - Layouts of views and parts -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/ViewLayouts.h"

#include "lib/Support/Reshape.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// The layout of a tensor of `shape` in a buffer of its own.
static MemRefType getPlain(MLIRContext *context, ArrayRef<int64_t> shape) {
  return MemRefType::get(shape, IntegerType::get(context, 8));
}

/// `layout` in `shape`; null if a reshape cannot bridge its gaps.
static MemRefType reshape(MemRefType layout, ArrayRef<int64_t> shape) {
  for (const ReshapeStep &step : getReshapeSteps(layout.getShape(), shape)) {
    if (!step.isCollapse) {
      auto expanded = memref::ExpandShapeOp::computeExpandedType(
          layout, step.shape, step.groups);
      if (failed(expanded))
        return {};
      layout = *expanded;
      continue;
    }
    if (!memref::CollapseShapeOp::isGuaranteedCollapsible(layout, step.groups))
      return {};
    layout = memref::CollapseShapeOp::computeCollapsedType(layout, step.groups);
  }
  return layout;
}

/// The elements of `layout` from `offsets` on, `strides` apart.
static MemRefType take(MemRefType layout, ArrayRef<int64_t> offsets,
                       ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
  return memref::SubViewOp::inferResultType(layout, offsets, shape, strides);
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<ShapedType>(value.getType()).getShape();
}

/// How many elements of its source neighbours in `value`, a slice, are apart;
/// empty for other views.
static SmallVector<int64_t> getSteps(Value value) {
  OpResult made = getMade(value);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(made.getOwner()))
    return SmallVector<int64_t>(slice.getStaticStrides());
  auto planning = dyn_cast<PlanningOpInterface>(made.getOwner());
  if (!planning)
    return {};
  return planning.getViewSteps(made.getResultNumber());
}

MemRefType ViewLayouts::computeLayout(Value value) {
  ArrayRef<int64_t> shape = getShape(value);
  if (Value whole = places.getWhole(value))
    for (const Places::PlacedValue &part : places.find(whole)->parts)
      if (part.value == value)
        return take(getLayout(whole), part.offsets, shape,
                    SmallVector<int64_t>(shape.size(), 1));
  if (Value source = getSource(value)) {
    SmallVector<int64_t> steps = getSteps(value);
    if (!steps.empty())
      return take(getLayout(source), SmallVector<int64_t>(shape.size(), 0),
                  shape, steps);
    if (MemRefType layout = reshape(getLayout(source), shape))
      return layout;
  }
  return getPlain(value.getContext(), shape);
}

MemRefType ViewLayouts::getLayout(Value value) {
  if (MemRefType known = layouts.lookup(value))
    return known;
  return layouts[value] = computeLayout(value);
}

bool ViewLayouts::isCopied(Value view) {
  return getSteps(view).empty() &&
         !reshape(getLayout(getSource(view)), getShape(view));
}

bool ViewLayouts::isCopiedToRead(Value value, ArrayRef<int64_t> shape) {
  return !reshape(getLayout(value), shape);
}
