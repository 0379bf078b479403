//===- Evaluate.cpp - nn ops on constants -----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/Evaluate.h"

#include "dialects/NN/IR/Expr.h"
#include "dialects/NN/IR/NN.h"
#include "lib/Support/Permute.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

/// Tensors with more elements are computed at run time.
static constexpr int64_t kLargest = 4096;

namespace {
/// The elements of a constant, in row-major order.
struct Elements {
  RankedTensorType type;
  SmallVector<Attribute> values;
};
} // namespace

/// Returns the row-major index of `index` in a tensor that broadcasts to it, of
/// `shape`.
static int64_t broadcastIndex(ArrayRef<int64_t> index,
                              ArrayRef<int64_t> shape) {
  int64_t result = 0;
  index = index.take_back(shape.size());
  for (auto [i, extent] : llvm::zip(index, shape))
    result = result * extent + (extent == 1 ? 0 : i);
  return result;
}

/// Calls `visit` with each index of a tensor of `shape`, in row-major order.
static void forEachIndex(ArrayRef<int64_t> shape,
                         function_ref<void(ArrayRef<int64_t>)> visit) {
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t n = ShapedType::getNumElements(shape); n > 0; --n) {
    visit(index);
    for (int64_t axis = static_cast<int64_t>(shape.size()) - 1;
         axis >= 0 && ++index[axis] == shape[axis]; --axis)
      index[axis] = 0;
  }
}

//===----------------------------------------------------------------------===//
// Elementwise ops
//===----------------------------------------------------------------------===//

static Type signless(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer ? IntegerType::get(type.getContext(), integer.getWidth())
                 : type;
}

static Attribute withType(Attribute value, Type type) {
  if (auto integer = dyn_cast<IntegerAttr>(value))
    return IntegerAttr::get(type, integer.getValue());
  return value;
}

/// Builds the op's scalar function once and folds it for every element.
static std::optional<SmallVector<Attribute>>
evaluateElementwise(ElementwiseOpInterface op, ArrayRef<Elements> operands,
                    RankedTensorType type) {
  Block block;
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&block);
  for (const Elements &operand : operands)
    block.addArgument(signless(operand.type.getElementType()), op->getLoc());
  Value result = op.buildScalar(builder, op->getLoc(), block.getArguments());
  if (!result)
    return std::nullopt;
  SmallVector<Attribute> values;
  bool isKnown = true;
  forEachIndex(type.getShape(), [&](ArrayRef<int64_t> index) {
    if (!isKnown)
      return;
    SmallVector<Attribute> arguments;
    for (auto [argument, operand] : llvm::zip(block.getArguments(), operands))
      arguments.push_back(withType(
          operand.values[broadcastIndex(index, operand.type.getShape())],
          argument.getType()));
    Attribute value = foldScalars(block, result, arguments);
    isKnown = bool(value);
    if (isKnown)
      values.push_back(withType(value, type.getElementType()));
  });
  if (!isKnown)
    return std::nullopt;
  return values;
}

//===----------------------------------------------------------------------===//
// Moves and reductions
//===----------------------------------------------------------------------===//

/// For an op that moves elements, returns the function from a result's index to
/// the index in the first operand; null for other ops.
static std::function<int64_t(ArrayRef<int64_t>)>
getSource(Operation *op, RankedTensorType input) {
  ArrayRef<int64_t> shape = input.getShape();
  return llvm::TypeSwitch<Operation *,
                          std::function<int64_t(ArrayRef<int64_t>)>>(op)
      .Case([&](ReshapeOp) {
        return
            [next = int64_t(0)](ArrayRef<int64_t>) mutable { return next++; };
      })
      .Case([&](ExpandOp) {
        return [shape](ArrayRef<int64_t> index) {
          return broadcastIndex(index, shape);
        };
      })
      .Case([&](TransposeOp transpose) {
        SmallVector<int64_t> inverse =
            invertPermutation(transpose.getPermutation());
        return [shape, inverse](ArrayRef<int64_t> index) {
          return broadcastIndex(permuteShape(index, inverse), shape);
        };
      })
      .Case([&](SliceOp slice) {
        return [shape, slice](ArrayRef<int64_t> index) mutable {
          SmallVector<int64_t> from(index);
          for (auto [i, start, stride] :
               llvm::zip(from, slice.getStarts(), slice.getStrides()))
            i = start + i * stride;
          return broadcastIndex(from, shape);
        };
      })
      .Default([](Operation *) { return nullptr; });
}

static SmallVector<Attribute> evaluateConcat(ConcatOp op,
                                             ArrayRef<Elements> operands) {
  SmallVector<Attribute> values;
  forEachIndex(op.getType().getShape(), [&](ArrayRef<int64_t> index) {
    SmallVector<int64_t> from(index);
    int64_t &along = from[op.getAxis()];
    for (const Elements &operand : operands) {
      int64_t extent = operand.type.getDimSize(op.getAxis());
      if (along < extent) {
        values.push_back(
            operand.values[broadcastIndex(from, operand.type.getShape())]);
        return;
      }
      along -= extent;
    }
  });
  return values;
}

static SmallVector<Attribute> evaluateGather(GatherOp op,
                                             ArrayRef<Elements> operands) {
  const Elements &input = operands[0], &indices = operands[1];
  int64_t axis = op.getAxis(), rank = indices.type.getRank(),
          extent = input.type.getDimSize(axis);
  SmallVector<Attribute> values;
  forEachIndex(op.getType().getShape(), [&](ArrayRef<int64_t> index) {
    Attribute number = indices.values[broadcastIndex(index.slice(axis, rank),
                                                     indices.type.getShape())];
    int64_t taken = cast<IntegerAttr>(number).getValue().getSExtValue();
    taken =
        std::clamp<int64_t>(taken < 0 ? taken + extent : taken, 0, extent - 1);
    SmallVector<int64_t> from(index.take_front(axis));
    from.push_back(taken);
    llvm::append_range(from, index.drop_front(axis + rank));
    values.push_back(input.values[broadcastIndex(from, input.type.getShape())]);
  });
  return values;
}

/// Integer reductions are evaluated because sizes are products and sums of
/// extents.
static std::optional<SmallVector<Attribute>>
evaluateReduce(ReduceOp op, const Elements &input) {
  auto element = dyn_cast<IntegerType>(input.type.getElementType());
  if (!element || op.getKind() == ReductionKind::mean)
    return std::nullopt;
  bool isUnsigned = nn::detail::isUnsigned(input.type);
  SmallVector<int64_t> kept(input.type.getShape());
  for (int64_t axis : op.getAxes())
    kept[axis] = 1;
  SmallVector<std::optional<APInt>> totals(ShapedType::getNumElements(kept));
  forEachIndex(input.type.getShape(), [&](ArrayRef<int64_t> index) {
    APInt value =
        cast<IntegerAttr>(
            input.values[broadcastIndex(index, input.type.getShape())])
            .getValue();
    std::optional<APInt> &total = totals[broadcastIndex(index, kept)];
    if (!total)
      total = value;
    else if (op.getKind() == ReductionKind::sum)
      *total += value;
    else if (op.getKind() == ReductionKind::prod)
      *total *= value;
    else if ((op.getKind() == ReductionKind::max) ==
             (isUnsigned ? value.ugt(*total) : value.sgt(*total)))
      total = value;
  });
  SmallVector<Attribute> values;
  for (const std::optional<APInt> &total : totals) {
    if (!total)
      return std::nullopt;
    values.push_back(IntegerAttr::get(element, *total));
  }
  return values;
}

/// Returns the reduction of no elements: the neutral element, or NaN for the
/// mean.
static Attribute reduceNothing(ReduceOp op, Type element) {
  ReductionKind kind = op.getKind();
  if (isa<FloatType>(element)) {
    double infinity = std::numeric_limits<double>::infinity();
    double value = kind == ReductionKind::sum    ? 0
                   : kind == ReductionKind::prod ? 1
                   : kind == ReductionKind::max  ? -infinity
                   : kind == ReductionKind::min
                       ? infinity
                       : std::numeric_limits<double>::quiet_NaN();
    return FloatAttr::get(element, value);
  }
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer || kind == ReductionKind::mean)
    return {};
  unsigned width = integer.getWidth();
  bool isUnsigned = integer.isUnsigned() || width == 1;
  APInt value(width, kind == ReductionKind::prod ? 1 : 0);
  if (kind == ReductionKind::max)
    value = isUnsigned ? APInt::getMinValue(width)
                       : APInt::getSignedMinValue(width);
  else if (kind == ReductionKind::min)
    value = isUnsigned ? APInt::getMaxValue(width)
                       : APInt::getSignedMaxValue(width);
  return IntegerAttr::get(element, value);
}

/// Evaluates an op that needs no values: its result has no elements, or it
/// reduces an operand without elements.
static DenseElementsAttr evaluateEmpty(Operation *op, RankedTensorType type) {
  if (!type.getElementType().isIntOrFloat())
    return {};
  if (type.getNumElements() == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  auto reduce = dyn_cast<ReduceOp>(op);
  if (!reduce || reduce.getInput().getType().getNumElements() != 0)
    return {};
  Attribute value = reduceNothing(reduce, type.getElementType());
  return value ? DenseElementsAttr::get(type, value) : DenseElementsAttr();
}

/// Whether the op has one result, and its types are small enough to evaluate.
static bool isSmall(Operation *op, int64_t largest) {
  auto isSmallType = [&](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.hasStaticShape() &&
           tensor.getNumElements() <= largest;
  };
  return op->getNumResults() == 1 && op->getNumOperands() > 0 &&
         isSmallType(op->getResult(0).getType()) &&
         llvm::all_of(op->getOperandTypes(), isSmallType);
}

DenseElementsAttr coppice::nn::evaluate(Operation *op) {
  if (op->getNumResults() != 1 || op->getNumOperands() == 0)
    return {};
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (type && type.hasStaticShape() && isPure(op))
    if (DenseElementsAttr value = evaluateEmpty(op, type))
      return value;
  if (!isSmall(op, kLargest))
    return {};
  SmallVector<DenseElementsAttr> operands(op->getNumOperands());
  for (auto [operand, constant] : llvm::zip(op->getOperands(), operands))
    if (!matchPattern(operand, m_Constant(&constant)))
      return {};
  return evaluate(op, operands, kLargest);
}

DenseElementsAttr coppice::nn::evaluate(Operation *op,
                                        ArrayRef<DenseElementsAttr> constants,
                                        int64_t largest) {
  if (!isSmall(op, largest))
    return {};
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (isPure(op))
    if (DenseElementsAttr value = evaluateEmpty(op, type))
      return value;
  if (type.getNumElements() == 0)
    return {};
  SmallVector<Elements> operands;
  for (auto [operand, constant] : llvm::zip(op->getOperands(), constants))
    operands.push_back({cast<RankedTensorType>(operand.getType()),
                        llvm::to_vector(constant.getValues<Attribute>())});
  std::optional<SmallVector<Attribute>> values;
  if (auto elementwise = dyn_cast<ElementwiseOpInterface>(op)) {
    values = evaluateElementwise(elementwise, operands, type);
  } else if (auto concat = dyn_cast<ConcatOp>(op)) {
    values = evaluateConcat(concat, operands);
  } else if (auto gather = dyn_cast<GatherOp>(op)) {
    values = evaluateGather(gather, operands);
  } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
    values = evaluateReduce(reduce, operands[0]);
  } else if (auto source = getSource(op, operands[0].type)) {
    values.emplace();
    forEachIndex(type.getShape(), [&](ArrayRef<int64_t> index) {
      values->push_back(operands[0].values[source(index)]);
    });
  }
  if (!values)
    return {};
  return DenseElementsAttr::get(type, *values);
}
