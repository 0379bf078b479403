//===- Arithmetic.cpp - Arithmetic, comparison, selection -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

/// Formats the index of element `i` of a tensor of `shape`: `[1,0]`.
static std::string describeIndex(int64_t i, ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t extent : llvm::reverse(shape)) {
    text = std::to_string(i % extent) + (text.empty() ? "" : ",") + text;
    i /= extent;
  }
  return "[" + text + "]";
}

template <typename OpTy> static LogicalResult importUnary(NodeImporter &node) {
  return node.setOutput(0, node.create<OpTy>(node.getInput(0)));
}

/// Returns the second operand of a binary op. Before opset 7 operands broadcast
/// only with `broadcast = 1`, and the second one is aligned at `axis`.
static Value getRhs(NodeImporter &node) {
  Value rhs = node.getInput(1);
  if (!rhs || node.opset >= 7 || !node.hasAttr("axis"))
    return rhs;
  int64_t rank = node.getInputType(0).getRank();
  int64_t axis = node.getAxis("axis", 0, rank);
  SmallVector<int64_t> shape(shapeOf(rhs));
  if (axis + static_cast<int64_t>(shape.size()) > rank) {
    (void)node.error("the second operand does not fit at the axis");
    return {};
  }
  shape.append(rank - axis - shape.size(), 1);
  return node.reshape(rhs, shape);
}

template <typename OpTy> static LogicalResult importBinary(NodeImporter &node) {
  return node.setOutput(0, node.create<OpTy>(node.getInput(0), getRhs(node)));
}

/// Refuses a constant divisor with a 0 for integers. If the divisor is computed
/// at run time, x / 0 is 0.
static LogicalResult checkDivisor(NodeImporter &node) {
  RankedTensorType type = node.getInputType(1);
  if (!type || !isa<IntegerType>(type.getElementType()))
    return success();
  std::optional<FileTensor> divisor = node.getKnown(1);
  if (!divisor)
    return success();
  for (int64_t i = 0, e = divisor->size(); i < e; ++i) {
    if (divisor->getInt(i) != 0)
      continue;
    ArrayRef<int64_t> shape = divisor->type.getShape();
    std::string element =
        shape.empty() ? "" : "element " + describeIndex(i, shape) + " of ";
    return node.error(element + "the divisor '" + node.proto.input(1) +
                      "' is 0, by which integers cannot be divided; correct "
                      "the constant");
  }
  return success();
}

static LogicalResult importDiv(NodeImporter &node) {
  return failed(checkDivisor(node)) ? failure() : importBinary<nn::DivOp>(node);
}

/// The exponent may have another type than the base.
static LogicalResult importPow(NodeImporter &node) {
  Value base = node.getInput(0), exponent = getRhs(node);
  if (!base || !exponent)
    return failure();
  Type element = elementOf(base);
  if (element != elementOf(exponent)) {
    Type wide = isa<FloatType>(element) ? element : elementOf(exponent);
    Value result = node.create<nn::PowOp>(castTo(node, base, wide),
                                          castTo(node, exponent, wide));
    return node.setOutput(0, castTo(node, result, element));
  }
  return node.setOutput(0, node.create<nn::PowOp>(base, exponent));
}

template <typename OpTy> static Value importFold(NodeImporter &node) {
  Value result = node.getInput(0);
  for (int i = 1; i < node.getNumInputs(); ++i)
    result = node.create<OpTy>(result, node.getInput(i));
  return result;
}

template <typename OpTy>
static LogicalResult importVariadic(NodeImporter &node) {
  return node.setOutput(0, importFold<OpTy>(node));
}

static LogicalResult importMean(NodeImporter &node) {
  Value sum = importFold<nn::AddOp>(node);
  if (!sum || node.getNumInputs() == 1)
    return node.setOutput(0, sum);
  Value count = node.scalar(elementOf(sum), node.getNumInputs());
  return node.setOutput(0, node.create<nn::DivOp>(sum, count));
}

/// -1, 0 or 1; 0 for NaN, because comparisons with NaN are false.
static LogicalResult importSign(NodeImporter &node) {
  Value x = node.getInput(0);
  if (!x)
    return failure();
  Type element = elementOf(x);
  Value zero = node.scalar(element, 0.0), one = node.scalar(element, 1.0);
  Value result = node.create<nn::WhereOp>(
      node.create<nn::CompareOp>(nn::Comparison::gt, x, zero), one, zero);
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer || !integer.isUnsigned())
    result = node.create<nn::WhereOp>(
        node.create<nn::CompareOp>(nn::Comparison::lt, x, zero),
        node.scalar(element, -1.0), result);
  return node.setOutput(0, result);
}

Value coppice::onnx_frontend::roundHalfEven(NodeImporter &node, Value x) {
  if (!x)
    return {};
  Type element = elementOf(x);
  Value low = node.create<nn::FloorOp>(x);
  Value rest = node.create<nn::SubOp>(x, low);
  Value half = node.scalar(element, 0.5);
  // A tie lies between two integers: take the even one.
  Value pair = node.create<nn::MulOp>(
      node.create<nn::FloorOp>(node.create<nn::MulOp>(low, half)),
      node.scalar(element, 2.0));
  Value isOdd = node.create<nn::CompareOp>(nn::Comparison::gt, low, pair);
  Value isTie = node.create<nn::CompareOp>(nn::Comparison::eq, rest, half);
  Value goesUp = node.create<nn::OrOp>(
      node.create<nn::CompareOp>(nn::Comparison::gt, rest, half),
      node.create<nn::AndOp>(isTie, isOdd));
  return node.create<nn::WhereOp>(
      goesUp, node.create<nn::AddOp>(low, node.scalar(element, 1.0)), low);
}

static LogicalResult importRound(NodeImporter &node) {
  return node.setOutput(0, roundHalfEven(node, node.getInput(0)));
}

template <nn::Comparison kind>
static LogicalResult importCompare(NodeImporter &node) {
  return node.setOutput(
      0, node.create<nn::CompareOp>(kind, node.getInput(0), getRhs(node)));
}

/// On truth values, a xor b is a != b.
static LogicalResult importXor(NodeImporter &node) {
  Value lhs = node.getInput(0), rhs = getRhs(node);
  Value both = node.create<nn::AndOp>(lhs, rhs);
  Value any = node.create<nn::OrOp>(lhs, rhs);
  return node.setOutput(
      0, node.create<nn::AndOp>(any, node.create<nn::NotOp>(both)));
}

static LogicalResult importWhere(NodeImporter &node) {
  return node.setOutput(0, node.create<nn::WhereOp>(node.getInput(0),
                                                    node.getInput(1),
                                                    node.getInput(2)));
}

static LogicalResult importCast(NodeImporter &node) {
  Value x = node.getInput(0);
  if (!x)
    return failure();
  Type element;
  if (node.proto.op_type() == "CastLike") {
    element = node.getInputType(1).getElementType();
  } else {
    int64_t code = node.getInt("to", 0);
    element = getElementType(code, node.b.getContext());
    if (!element)
      return node.unsupported("result of element type " +
                              getTypeCodeName(code));
  }
  return node.setOutput(0, castTo(node, x, element));
}

static LogicalResult importIdentity(NodeImporter &node) {
  return node.setOutput(0, node.getInput(0));
}

void coppice::onnx_frontend::addArithmeticOps(OpTable &table) {
  table["Abs"] = {importUnary<nn::AbsOp>, 1, 1};
  table["Add"] = {importBinary<nn::AddOp>, 2, 2};
  table["And"] = {importBinary<nn::AndOp>, 2, 2};
  table["Cast"] = {importCast, 1, 1};
  table["CastLike"] = {importCast, 2, 2};
  table["Ceil"] = {importUnary<nn::CeilOp>, 1, 1};
  table["Div"] = {importDiv, 2, 2};
  table["Equal"] = {importCompare<nn::Comparison::eq>, 2, 2};
  table["Erf"] = {importUnary<nn::ErfOp>, 1, 1};
  table["Exp"] = {importUnary<nn::ExpOp>, 1, 1};
  table["Floor"] = {importUnary<nn::FloorOp>, 1, 1};
  table["Greater"] = {importCompare<nn::Comparison::gt>, 2, 2};
  table["GreaterOrEqual"] = {importCompare<nn::Comparison::ge>, 2, 2};
  table["Identity"] = {importIdentity, 1, 1, 1, Codes::asQuantized};
  table["Less"] = {importCompare<nn::Comparison::lt>, 2, 2};
  table["LessOrEqual"] = {importCompare<nn::Comparison::le>, 2, 2};
  table["Log"] = {importUnary<nn::LogOp>, 1, 1};
  table["Max"] = {importVariadic<nn::MaxOp>, 1, kVariadic};
  table["Mean"] = {importMean, 1, kVariadic};
  table["Min"] = {importVariadic<nn::MinOp>, 1, kVariadic};
  table["Mul"] = {importBinary<nn::MulOp>, 2, 2};
  table["Neg"] = {importUnary<nn::NegOp>, 1, 1};
  table["Not"] = {importUnary<nn::NotOp>, 1, 1};
  table["Or"] = {importBinary<nn::OrOp>, 2, 2};
  table["Pow"] = {importPow, 2, 2};
  table["Reciprocal"] = {importUnary<nn::ReciprocalOp>, 1, 1};
  table["Round"] = {importRound, 1, 1};
  table["Sign"] = {importSign, 1, 1};
  table["Sqrt"] = {importUnary<nn::SqrtOp>, 1, 1};
  table["Sub"] = {importBinary<nn::SubOp>, 2, 2};
  table["Sum"] = {importVariadic<nn::AddOp>, 1, kVariadic};
  table["Where"] = {importWhere, 3, 3};
  table["Xor"] = {importXor, 2, 2};
  using Role = OperandRole;
  table["Add"].roles = {Role::term, Role::term};
  table["Mul"].roles = {Role::factor, Role::factor};
  table["Cast"].forwards = table["Identity"].forwards = true;
  for (StringRef op : {"Add", "Sub", "Mul", "Div"})
    table[op].results = ResultCodes::elementwise;
  table["Identity"].results = ResultCodes::input;
  table["Div"].divisor = 1;
  table["Log"].divisor = table["Reciprocal"].divisor = 0;
  table["Pow"].divisor = 0;
  table["Pow"].exponent = 1;
  for (StringRef op : {"Abs", "Neg"})
    table[op].error = ErrorGrowth::same;
  for (StringRef op : {"Add", "Max", "Min", "Sub"})
    table[op].error = ErrorGrowth::shifted;
  for (StringRef op : {"Div", "Mul"})
    table[op].error = ErrorGrowth::scaled;
  table["Sqrt"].error = ErrorGrowth::root;
}
