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

/// Whether the extents of `value` are known.
static bool isStatic(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape();
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Elements of `layout`, `sizes` along its axes and `steps` apart, in `shape`,
/// which may lack axes of one element.
static MemRefType take(MemRefType layout, ArrayRef<int64_t> offsets,
                       ArrayRef<int64_t> sizes, ArrayRef<int64_t> steps,
                       ArrayRef<int64_t> shape) {
  return memref::SubViewOp::inferRankReducedResultType(shape, layout, offsets,
                                                       sizes, steps);
}

namespace {
/// Which elements of its source a slice holds. Where the first of them is does
/// not change the gaps.
struct Window {
  SmallVector<int64_t> sizes, steps;
};
} // namespace

/// The window of `value`; nullopt if it is no slice.
static std::optional<Window> getWindow(Value value) {
  OpResult made = getMade(value);
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(made.getOwner()))
    return Window{SmallVector<int64_t>(slice.getStaticSizes()),
                  SmallVector<int64_t>(slice.getStaticStrides())};
  auto planning = dyn_cast<PlanningOpInterface>(made.getOwner());
  if (!planning)
    return std::nullopt;
  SmallVector<int64_t> steps = planning.getViewSteps(made.getResultNumber());
  if (steps.empty())
    return std::nullopt;
  return Window{SmallVector<int64_t>(getShape(value)), std::move(steps)};
}

MemRefType ViewLayouts::computeLayout(Value value) {
  ArrayRef<int64_t> shape = getShape(value);
  if (Value whole = places.getWhole(value))
    for (const Places::PlacedValue &part : places.find(whole)->parts)
      if (part.value == value)
        return take(getLayout(whole), part.offsets, shape,
                    SmallVector<int64_t>(shape.size(), 1), shape);
  if (Value source = getSource(value); source && isStatic(source)) {
    if (std::optional<Window> window = getWindow(value)) {
      SmallVector<int64_t> offsets(window->sizes.size(), 0);
      return take(getLayout(source), offsets, window->sizes, window->steps,
                  shape);
    }
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
  Value source = getSource(view);
  return isStatic(view) && isStatic(source) && !getWindow(view) &&
         !reshape(getLayout(source), getShape(view));
}

bool ViewLayouts::isCopiedToRead(Value value, ArrayRef<int64_t> shape) {
  return isStatic(value) && !reshape(getLayout(value), shape);
}
