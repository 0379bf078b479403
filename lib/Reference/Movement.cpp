//===- Movement.cpp - Ops that move elements --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Ops.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::Operation;

ArrayRef<int64_t> reference::shapeOf(mlir::Value value) {
  return cast<mlir::RankedTensorType>(value.getType()).getShape();
}

int64_t reference::flatIndex(ArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  int64_t flat = 0;
  for (auto [i, extent] : zip(index.take_back(shape.size()), shape))
    flat = flat * extent + (extent == 1 ? 0 : i);
  return flat;
}

void reference::forEachIndex(ArrayRef<int64_t> shape,
                             function_ref<void(ArrayRef<int64_t>)> visit) {
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t n = mlir::ShapedType::getNumElements(shape); n > 0; --n) {
    visit(index);
    for (int64_t axis = static_cast<int64_t>(shape.size()) - 1;
         axis >= 0 && ++index[axis] == shape[axis]; --axis)
      index[axis] = 0;
  }
}

void reference::append(ReferenceTensor &to, const ReferenceTensor &from,
                       int64_t i) {
  to.reals.push_back(from.reals[i]);
  if (!from.integers.empty())
    to.integers.push_back(from.integers[i]);
  if (!from.isFixed())
    return;
  to.sums.push_back(from.sums[i]);
  to.scales.push_back(from.scales[i]);
  if (!from.counts.empty())
    to.counts.push_back(from.counts[i]);
}

ReferenceTensor reference::emptied(const ReferenceTensor &x,
                                   ArrayRef<int64_t> shape) {
  ReferenceTensor result;
  result.shape.assign(shape.begin(), shape.end());
  result.zeroPoint = x.zeroPoint;
  result.bits = x.bits;
  result.low = x.low, result.high = x.high;
  result.op = x.op, result.isKnown = x.isKnown;
  return result;
}

ReferenceTensor
reference::move(const ReferenceTensor &x, ArrayRef<int64_t> shape,
                function_ref<int64_t(ArrayRef<int64_t>)> source) {
  ReferenceTensor result = emptied(x, shape);
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    append(result, x, source(index));
  });
  return result;
}

static ReferenceTensor concat(nn::ConcatOp op, Operands operands) {
  ReferenceTensor result = emptied(*operands[0], op.getType().getShape());
  result.op = "concat";
  forEachIndex(result.shape, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> from(index);
    int64_t &along = from[op.getAxis()];
    for (const ReferenceTensor *operand : operands) {
      if (along < operand->shape[op.getAxis()])
        return append(result, *operand, flatIndex(from, operand->shape));
      along -= operand->shape[op.getAxis()];
    }
  });
  return result;
}

/// Returns the input index that index `i` of a padded axis repeats; nullopt if
/// the element is the padding constant.
static std::optional<int64_t> unpad(int64_t i, int64_t extent,
                                    nn::PadMode mode) {
  if (i >= 0 && i < extent)
    return i;
  switch (mode) {
  case nn::PadMode::constant:
    return std::nullopt;
  case nn::PadMode::edge:
    return i < 0 ? 0 : extent - 1;
  case nn::PadMode::reflect:
    return i < 0 ? -i : 2 * (extent - 1) - i;
  case nn::PadMode::wrap:
    return (i % extent + extent) % extent;
  }
  return std::nullopt;
}

static ReferenceTensor pad(nn::PadOp op, const ReferenceTensor &x) {
  ReferenceTensor y = emptied(x, op.getType().getShape());
  y.op = "pad";
  double value = op.getValue().convertToDouble();
  forEachIndex(y.shape, [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> from;
    for (auto [i, low, extent] : zip(index, op.getLow(), x.shape))
      if (std::optional<int64_t> source = unpad(i - low, extent, op.getMode()))
        from.push_back(*source);
    if (from.size() == x.shape.size())
      return append(y, x, flatIndex(from, x.shape));
    y.reals.push_back(value);
    if (!x.integers.empty())
      y.integers.push_back(static_cast<int64_t>(value));
    // 0 is a code at every scale; another padding value may not be a code.
    if (!x.isFixed() || value != 0 || x.sums.empty())
      return;
    y.sums.push_back(0);
    y.scales.push_back(x.scales.front());
    if (!x.counts.empty())
      y.counts.push_back(1);
  });
  return y;
}

static ReferenceTensor gather(nn::GatherOp op, const ReferenceTensor &x,
                              const ReferenceTensor &indices) {
  int64_t axis = op.getAxis();
  auto rank = static_cast<int64_t>(indices.shape.size());
  ReferenceTensor y = move(x, shapeOf(op), [&](ArrayRef<int64_t> index) {
    int64_t at = flatIndex(index.slice(axis, rank), indices.shape);
    auto taken = static_cast<int64_t>(indices.reals[at]);
    if (taken < 0)
      taken += x.shape[axis];
    SmallVector<int64_t> from(index.take_front(axis));
    from.push_back(std::clamp<int64_t>(taken, 0, x.shape[axis] - 1));
    append_range(from, index.drop_front(axis + rank));
    return flatIndex(from, x.shape);
  });
  return y;
}

std::optional<ReferenceTensor> reference::evaluateMovement(Operation *op,
                                                           Operands operands) {
  const ReferenceTensor &x = *operands[0];
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  return TypeSwitch<Operation *, std::optional<ReferenceTensor>>(op)
      .Case([&](nn::ReshapeOp) {
        int64_t next = 0;
        return move(x, shape, [&](ArrayRef<int64_t>) { return next++; });
      })
      .Case([&](nn::TransposeOp transpose) {
        return move(x, shape, [&](ArrayRef<int64_t> index) {
          SmallVector<int64_t> from(index.size());
          for (auto [i, axis] : enumerate(transpose.getPermutation()))
            from[axis] = index[i];
          return flatIndex(from, x.shape);
        });
      })
      .Case([&](nn::SliceOp slice) {
        return move(x, shape, [&](ArrayRef<int64_t> index) {
          SmallVector<int64_t> from;
          for (auto [i, start, stride] :
               zip(index, slice.getStarts(), slice.getStrides()))
            from.push_back(start + i * stride);
          return flatIndex(from, x.shape);
        });
      })
      .Case([&](nn::ExpandOp) {
        return move(x, shape, [&](ArrayRef<int64_t> index) {
          return flatIndex(index, x.shape);
        });
      })
      .Case([&](nn::ConcatOp join) { return concat(join, operands); })
      .Case([&](nn::PadOp padding) { return pad(padding, x); })
      .Case([&](nn::GatherOp take) { return gather(take, x, *operands[1]); })
      .Default([](Operation *) { return std::nullopt; });
}
