//===- Reduction.cpp - Reductions -------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

namespace {
/// The axes that a node reduces, and the reduction. With noop_with_empty_axes a
/// node may reduce no axis; the rest of its function is still computed:
/// ReduceSumSquare squares.
struct Axes {
  SmallVector<int64_t> axes;
  bool keepdims = true;
};
} // namespace

static Axes readAxes(NodeImporter &node) {
  Axes result;
  int64_t rank = node.getInputType(0).getRank();
  std::optional<SmallVector<int64_t>> given = node.getIntsOf(1, "axes");
  result.keepdims = node.getInt("keepdims", 1) != 0;
  if (given && !given->empty()) {
    result.axes = node.normalizeAxes(*given, rank);
    llvm::sort(result.axes);
  } else if (node.getInt("noop_with_empty_axes", 0) == 0) {
    result.axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  }
  return result;
}

/// Computes the mean of integers, rounded toward zero. The sum may be wider
/// than the elements. 64 bits hold the sum of narrower elements; for 64-bit
/// elements, the quotients and the remainders by their number are summed
/// separately.
static Value integerMean(NodeImporter &node, Value input, const Axes &axes) {
  Type element = elementOf(input);
  bool isUnsigned = element.isUnsignedInteger();
  Type wide = isUnsigned ? element : node.b.getI64Type();
  if (isUnsigned && element.getIntOrFloatBitWidth() < 64)
    wide = IntegerType::get(node.b.getContext(), 64, IntegerType::Unsigned);
  int64_t number = 1;
  for (int64_t axis : axes.axes)
    number *= shapeOf(input)[axis];
  auto sum = [&](Value value) {
    return node.create<nn::ReduceOp>(nn::ReductionKind::sum, value,
                                     ArrayRef<int64_t>(axes.axes),
                                     axes.keepdims);
  };
  Value count = node.constant(FileTensor::get(RankedTensorType::get({}, wide),
                                              ArrayRef<int64_t>{number}));
  auto divide = [&](Value value) {
    return node.create<nn::DivOp>(value, count);
  };
  auto remainder = [&](Value value, Value quotient) {
    return node.create<nn::SubOp>(value,
                                  node.create<nn::MulOp>(quotient, count));
  };
  if (element != wide)
    return castTo(node, divide(sum(castTo(node, input, wide))), element);
  Value quotients = divide(input);
  Value whole = sum(quotients), rest = sum(remainder(input, quotients));
  Value carry = divide(rest);
  whole = node.create<nn::AddOp>(whole, carry);
  if (isUnsigned)
    return whole;
  // If the remainder has the other sign, subtract one.
  rest = remainder(rest, carry);
  Value zero = node.scalar(wide, 0.0), one = node.scalar(wide, 1.0);
  auto compare = [&](nn::Comparison kind, Value value) {
    return node.create<nn::CompareOp>(kind, value, zero);
  };
  Value tooHigh = node.create<nn::AndOp>(compare(nn::Comparison::gt, whole),
                                         compare(nn::Comparison::lt, rest));
  Value tooLow = node.create<nn::AndOp>(compare(nn::Comparison::lt, whole),
                                        compare(nn::Comparison::gt, rest));
  Value result = node.create<nn::WhereOp>(
      tooHigh, node.create<nn::SubOp>(whole, one), whole);
  return node.create<nn::WhereOp>(tooLow, node.create<nn::AddOp>(whole, one),
                                  result);
}

static Value reduce(NodeImporter &node, nn::ReductionKind kind, Value input,
                    const Axes &axes) {
  if (!input || axes.axes.empty())
    return input;
  if (kind == nn::ReductionKind::mean && isa<IntegerType>(elementOf(input)))
    return integerMean(node, input, axes);
  return node.create<nn::ReduceOp>(kind, input, ArrayRef<int64_t>(axes.axes),
                                   axes.keepdims);
}

template <nn::ReductionKind kind>
static LogicalResult importReduce(NodeImporter &node) {
  return node.setOutput(0,
                        reduce(node, kind, node.getInput(0), readAxes(node)));
}

static LogicalResult importL1(NodeImporter &node) {
  Axes axes = readAxes(node);
  Value x = node.create<nn::AbsOp>(node.getInput(0));
  return node.setOutput(0, reduce(node, nn::ReductionKind::sum, x, axes));
}

static Value sumSquares(NodeImporter &node, const Axes &axes) {
  Value x = node.getInput(0);
  return reduce(node, nn::ReductionKind::sum, node.create<nn::MulOp>(x, x),
                axes);
}

static LogicalResult importSumSquare(NodeImporter &node) {
  Axes axes = readAxes(node);
  return node.setOutput(0, sumSquares(node, axes));
}

/// Computes a real function of integers, rounded toward zero.
static Value throughFloats(NodeImporter &node, Value value,
                           llvm::function_ref<Value(Value)> function) {
  if (!value || isa<FloatType>(elementOf(value)))
    return function(value);
  return castTo(node, function(castTo(node, value, node.b.getF64Type())),
                elementOf(value));
}

static LogicalResult importL2(NodeImporter &node) {
  Axes axes = readAxes(node);
  if (axes.axes.empty())
    return node.setOutput(0, node.create<nn::AbsOp>(node.getInput(0)));
  return node.setOutput(
      0, throughFloats(node, sumSquares(node, axes), [&](Value sum) {
        return node.create<nn::SqrtOp>(sum);
      }));
}

static LogicalResult importLogSum(NodeImporter &node) {
  Axes axes = readAxes(node);
  Value x = node.getInput(0);
  return node.setOutput(
      0, throughFloats(node, reduce(node, nn::ReductionKind::sum, x, axes),
                       [&](Value sum) { return node.create<nn::LogOp>(sum); }));
}

/// Subtracts the maximum, so that no exponential overflows.
static LogicalResult importLogSumExp(NodeImporter &node) {
  Axes axes = readAxes(node);
  Value x = node.getInput(0);
  if (!x || axes.axes.empty())
    return node.setOutput(0, x);
  Axes kept = axes;
  kept.keepdims = true;
  Type element = elementOf(x);
  if (isa<IntegerType>(element))
    x = castTo(node, x, node.b.getF64Type());
  Value highest = reduce(node, nn::ReductionKind::max, x, kept);
  if (!highest)
    return failure();
  // Do not subtract an infinity, which is also the maximum of no elements.
  double infinity = std::numeric_limits<double>::infinity();
  Value zero = node.scalar(elementOf(x), 0.0);
  highest = node.create<nn::WhereOp>(
      node.create<nn::CompareOp>(nn::Comparison::lt,
                                 node.create<nn::AbsOp>(highest),
                                 node.scalar(elementOf(x), infinity)),
      highest, zero);
  Value sum =
      reduce(node, nn::ReductionKind::sum,
             node.create<nn::ExpOp>(node.create<nn::SubOp>(x, highest)), kept);
  Value result = node.create<nn::AddOp>(node.create<nn::LogOp>(sum), highest);
  result = castTo(node, result, element);
  if (!result || axes.keepdims)
    return node.setOutput(0, result);
  SmallVector<int64_t> shape;
  for (auto [i, extent] : llvm::enumerate(shapeOf(result)))
    if (!llvm::is_contained(axes.axes, static_cast<int64_t>(i)))
      shape.push_back(extent);
  return node.setOutput(0, node.reshape(result, shape));
}

void coppice::onnx_frontend::addReductionOps(OpTable &table) {
  table["ReduceL1"] = {importL1, 1, 2};
  table["ReduceL2"] = {importL2, 1, 2};
  table["ReduceLogSum"] = {importLogSum, 1, 2};
  table["ReduceLogSumExp"] = {importLogSumExp, 1, 2};
  table["ReduceMax"] = {importReduce<nn::ReductionKind::max>, 1, 2};
  table["ReduceMean"] = {importReduce<nn::ReductionKind::mean>, 1, 2};
  table["ReduceMin"] = {importReduce<nn::ReductionKind::min>, 1, 2};
  table["ReduceProd"] = {importReduce<nn::ReductionKind::prod>, 1, 2};
  table["ReduceSum"] = {importReduce<nn::ReductionKind::sum>, 1, 2};
  table["ReduceSumSquare"] = {importSumSquare, 1, 2};
  table["ReduceMean"].results = ResultCodes::own;
}
