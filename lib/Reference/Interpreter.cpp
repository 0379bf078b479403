//===- Interpreter.cpp - Interprets functions on tensors --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Interpreter.h"

#include "dialects/Train/IR/Train.h"
#include "lib/Reference/Codes.h"
#include "lib/Reference/Ops.h"
#include "lib/Support/SplitMix64.h"
#include "lib/Support/UserError.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/DenseMap.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::Operation;
using mlir::Value;

ReferenceTensor reference::unknown() {
  ReferenceTensor result;
  result.isKnown = false;
  return result;
}

std::optional<ReferenceTensor> reference::evaluate(Operation *op,
                                                   Operands operands) {
  if (operands.empty())
    return std::nullopt;
  for (auto family :
       {evaluateIntegers, evaluateMovement, evaluateContraction,
        evaluateElementwise, evaluateReduction, evaluateResize, evaluateLoss,
        evaluateContractionGradient, evaluateMovementGradient, evaluateMasks})
    if (std::optional<ReferenceTensor> result = family(op, operands))
      return result;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Perturbation
//===----------------------------------------------------------------------===//

namespace {
class Perturbation {
public:
  explicit Perturbation(std::optional<uint64_t> seed)
      : active(seed.has_value()), bits(SplitMix64::mix(seed.value_or(0))) {}

  /// Perturbs the elements that need more than the type's binary digits minus
  /// `fewer`.
  void apply(ReferenceTensor &x, mlir::Type type, int fewer);

private:
  bool active;
  SplitMix64 bits;
};
} // namespace

/// Whether `digits` binary digits hold x.
static bool isExact(double x, int digits) {
  int exponent;
  double fraction = std::ldexp(std::frexp(x, &exponent), digits);
  return !std::isfinite(x) || fraction == std::trunc(fraction);
}

void Perturbation::apply(ReferenceTensor &x, mlir::Type type, int fewer) {
  auto element = dyn_cast<mlir::FloatType>(mlir::getElementTypeOrSelf(type));
  if (!active || !element)
    return;
  auto digits = static_cast<int>(element.getFPMantissaWidth());
  double unit = std::ldexp(2, -digits);
  for (double &real : x.reals) {
    double error = isExact(real, digits - fewer) ? 0 : std::abs(real);
    error = unit * std::max(error, x.rounded);
    if (error != 0)
      real += bits.next() >> 63 ? error : -error;
  }
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

namespace {
class Interpreter {
public:
  Interpreter(Parameters &parameters, const InterpreterOptions &options)
      : parameters(parameters), perturbation(options.perturbation) {}

  void bind(Value value, ReferenceTensor tensor, int fewer);
  Error run(Operation *op);
  const ReferenceTensor &get(Value value) const {
    return values.find(value)->second;
  }

private:
  std::optional<SmallVector<ReferenceTensor>> evaluateOp(Operation *op,
                                                         Operands operands);

  Parameters &parameters;
  Perturbation perturbation;
  DenseMap<Value, ReferenceTensor> values;
};
} // namespace

/// An input or constant is exact if it has few digits; else it is as inexact as
/// a result.
static constexpr int kFewerDigits = 12;

void Interpreter::bind(Value value, ReferenceTensor tensor, int fewer) {
  mlir::Type type = value.getType();
  auto element = mlir::getElementTypeOrSelf(type);
  if (isa<mlir::IntegerType>(element) && tensor.integers.empty())
    tensor.integers.assign(tensor.reals.begin(), tensor.reals.end());
  perturbation.apply(tensor, type, fewer);
  values[value] = std::move(tensor);
}

/// Returns the attribute with the value of a parameter or a constant.
static mlir::ElementsAttr findElements(Operation *op) {
  if (auto constant = dyn_cast<mlir::arith::ConstantOp>(op))
    return dyn_cast<mlir::ElementsAttr>(constant.getValue());
  auto read = dyn_cast<train::ReadOp>(op);
  auto parameter =
      read ? mlir::SymbolTable::lookupNearestSymbolFrom<train::ParameterOp>(
                 read, read.getParameterAttr())
           : train::ParameterOp();
  return parameter ? parameter.getValue() : mlir::ElementsAttr();
}

static ReferenceTensor castStorage(const ReferenceTensor &x, mlir::Type from,
                                   mlir::Type to) {
  // Bytes are signless; the format tells the meaning of their highest bit.
  auto wrapAll = [](std::vector<int64_t> codes, unsigned bits, bool isSigned) {
    for (int64_t &code : codes)
      code = isSigned ? llvm::SignExtend64(code, bits)
                      : static_cast<int64_t>(
                            code & llvm::maskTrailingOnes<uint64_t>(bits));
    return codes;
  };
  if (auto type = lowp::getQuantizedType(to))
    return decode(x.shape,
                  wrapAll(x.integers, type.getStorageTypeIntegralWidth(),
                          type.isSigned()),
                  type);
  auto type = lowp::getQuantizedType(from);
  auto integers =
      cast<mlir::IntegerType>(cast<mlir::ShapedType>(to).getElementType());
  ReferenceTensor y;
  y.shape = x.shape;
  y.integers =
      wrapAll(encode(x, type), integers.getWidth(), !integers.isUnsigned());
  y.reals.assign(y.integers.begin(), y.integers.end());
  return y;
}

/// Reinterprets integers with another sign.
static std::optional<ReferenceTensor> bitcast(const ReferenceTensor &x,
                                              mlir::Type to) {
  auto type = dyn_cast<mlir::IntegerType>(mlir::getElementTypeOrSelf(to));
  if (!type || x.integers.size() != x.reals.size())
    return std::nullopt;
  ReferenceTensor y;
  y.shape = x.shape;
  for (int64_t element : x.integers)
    y.integers.push_back(wrap(element, type));
  y.reals.assign(y.integers.begin(), y.integers.end());
  return y;
}

std::optional<SmallVector<ReferenceTensor>>
Interpreter::evaluateOp(Operation *op, Operands operands) {
  SmallVector<ReferenceTensor> results;
  if (isa<mlir::quant::StorageCastOp>(op)) {
    results.push_back(castStorage(*operands[0], op->getOperand(0).getType(),
                                  op->getResult(0).getType()));
    return results;
  }
  if (isa<mlir::tensor::BitcastOp>(op)) {
    auto bits = bitcast(*operands[0], op->getResult(0).getType());
    if (!bits)
      return std::nullopt;
    results.push_back(std::move(*bits));
    return results;
  }
  // Codes are held as what they stand for.
  if (lowp::isConversion(op)) {
    results.push_back(*operands[0]);
  } else if (auto several = evaluateSeveral(op, operands)) {
    results = std::move(*several);
  } else if (auto one = evaluate(op, operands)) {
    results.push_back(std::move(*one));
  } else {
    return std::nullopt;
  }
  auto quantize = dyn_cast<lowp::QuantizeOp>(op);
  bool isFloat =
      quantize && !cast<mlir::ShapedType>(quantize.getInput().getType())
                       .getElementType()
                       .isF64();
  for (auto [tensor, value] : zip(results, op->getResults()))
    if (auto type = lowp::getQuantizedType(value.getType()))
      tensor = decode(
          tensor.shape,
          isFloat ? encodeFloats(tensor, type) : encode(tensor, type), type);
  return results;
}

Error Interpreter::run(Operation *op) {
  if (auto write = dyn_cast<train::WriteOp>(op)) {
    parameters[write.getParameter()] = get(write.getValue());
    return Error::success();
  }
  auto read = dyn_cast<train::ReadOp>(op);
  if (read && parameters.contains(read.getParameter())) {
    bind(read, parameters.find(read.getParameter())->second, kFewerDigits);
    return Error::success();
  }
  if (mlir::ElementsAttr elements = findElements(op)) {
    Value result = op->getResult(0);
    ReferenceTensor value = readConstant(elements, result.getType());
    if (!value.isKnown)
      return userError(op->getName().getStringRef(), "its data is missing");
    bind(result, std::move(value), kFewerDigits);
    return Error::success();
  }
  SmallVector<const ReferenceTensor *> operands;
  for (Value operand : op->getOperands())
    operands.push_back(&get(operand));
  auto results = evaluateOp(op, operands);
  if (!results || results->size() != op->getNumResults())
    return unsupportedError(op->getName().getStringRef(),
                            "the reference interpreter does not know this op");
  for (auto [value, tensor] : zip(op->getResults(), *results))
    bind(value, std::move(tensor), 0);
  return Error::success();
}

Expected<std::vector<ReferenceTensor>>
reference::interpret(mlir::func::FuncOp function,
                     ArrayRef<ReferenceTensor> inputs, Parameters &parameters,
                     const InterpreterOptions &options) {
  if (!function.getBody().hasOneBlock())
    return userError("@" + function.getSymName(), "has more than one block");
  mlir::Block &body = function.getBody().front();
  // All reads see the values from before the call.
  Parameters written = parameters;
  Interpreter interpreter(written, options);
  for (auto [argument, input] : zip_equal(body.getArguments(), inputs))
    interpreter.bind(argument, input, kFewerDigits);
  SmallVector<Operation *> writes;
  for (Operation &op : body.without_terminator()) {
    if (isa<train::WriteOp>(op))
      writes.push_back(&op);
    else if (Error error = interpreter.run(&op))
      return std::move(error);
  }
  for (Operation *write : writes)
    if (Error error = interpreter.run(write))
      return std::move(error);
  std::vector<ReferenceTensor> results;
  for (Value value : body.getTerminator()->getOperands())
    results.push_back(interpreter.get(value));
  parameters = std::move(written);
  return std::move(results);
}
