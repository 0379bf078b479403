//===- Integers.cpp - Exact integer arithmetic ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Every sum and product is computed modulo 2^64 and then modulo 2^width, which
// equals any order of operations on the narrow type.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Ops.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

#include <functional>

using namespace llvm;
using namespace coppice;
using namespace coppice::reference;
using mlir::IntegerType;
using mlir::Operation;

int64_t reference::wrap(int64_t x, IntegerType type) {
  unsigned spare = 64 - type.getWidth();
  uint64_t high = static_cast<uint64_t>(x) << spare;
  if (type.isUnsigned() || type.getWidth() == 1)
    return static_cast<int64_t>(high >> spare);
  return static_cast<int64_t>(high) >> spare;
}

static int64_t multiply(int64_t x, int64_t y) {
  return static_cast<int64_t>(static_cast<uint64_t>(x) *
                              static_cast<uint64_t>(y));
}

static int64_t add(int64_t x, int64_t y) {
  return static_cast<int64_t>(static_cast<uint64_t>(x) +
                              static_cast<uint64_t>(y));
}

static int64_t negate(int64_t x) { return add(~x, 1); }

/// Truncates; x / 0 is 0, and the least value / -1 is itself.
static int64_t divide(int64_t x, int64_t y) {
  if (y == 0)
    return 0;
  return y == -1 ? negate(x) : x / y;
}

static int64_t power(int64_t x, int64_t exponent) {
  if (exponent < 0) {
    if (x == 1 || x == -1)
      return exponent % 2 == 0 ? 1 : x;
    return 0;
  }
  int64_t result = 1;
  for (; exponent > 0; exponent /= 2, x = multiply(x, x))
    if (exponent % 2 == 1)
      result = multiply(result, x);
  return result;
}

/// Rounds toward zero, and saturates to `type`.
static int64_t truncate(double x, IntegerType type) {
  if (std::isnan(x))
    return 0;
  int width = static_cast<int>(type.getWidth());
  bool isUnsigned = type.isUnsigned();
  double most = std::ldexp(1, isUnsigned ? width : width - 1);
  double least = isUnsigned ? 0 : -most;
  if (x >= most)
    return wrap(isUnsigned
                    ? -1
                    : static_cast<int64_t>((uint64_t(1) << (width - 1)) - 1),
                type);
  if (x <= least)
    return isUnsigned
               ? 0
               : negate(static_cast<int64_t>(uint64_t(1) << (width - 1)));
  return static_cast<int64_t>(std::trunc(x));
}

static std::function<int64_t(int64_t)> unaryFunction(Operation *op) {
  using Function = std::function<int64_t(int64_t)>;
  return TypeSwitch<Operation *, Function>(op)
      .Case([](nn::NegOp) { return negate; })
      .Case([](nn::AbsOp) {
        return [](int64_t x) { return x < 0 ? negate(x) : x; };
      })
      .Case([](nn::ReluOp) {
        return [](int64_t x) { return std::max<int64_t>(x, 0); };
      })
      .Case([](nn::ClipOp clip) {
        return [low = clip.getLow().convertToDouble(),
                high = clip.getHigh().convertToDouble()](int64_t x) {
          return static_cast<int64_t>(
              std::min(std::max(static_cast<double>(x), low), high));
        };
      })
      .Case<nn::FloorOp, nn::CeilOp>(
          [](auto) { return [](int64_t x) { return x; }; })
      .Default([](Operation *) { return Function(); });
}

static std::function<int64_t(int64_t, int64_t)> binaryFunction(Operation *op) {
  using Function = std::function<int64_t(int64_t, int64_t)>;
  return TypeSwitch<Operation *, Function>(op)
      .Case([](nn::AddOp) { return add; })
      .Case([](nn::SubOp) {
        return [](int64_t x, int64_t y) { return add(x, negate(y)); };
      })
      .Case([](nn::MulOp) { return multiply; })
      .Case([](nn::DivOp) { return divide; })
      .Case([](nn::PowOp) { return power; })
      .Case([](nn::MinOp) {
        return [](int64_t x, int64_t y) { return std::min(x, y); };
      })
      .Case([](nn::MaxOp) {
        return [](int64_t x, int64_t y) { return std::max(x, y); };
      })
      .Default([](Operation *) { return Function(); });
}

static std::vector<int64_t> reduce(nn::ReduceOp op, const ReferenceTensor &x) {
  std::vector<int64_t> result;
  for (const auto &group : gatherAxes(x.shape, op.getAxes()).sources) {
    bool isProduct = op.getKind() == nn::ReductionKind::prod;
    int64_t value = isProduct ? 1 : 0;
    bool first = true;
    for (int64_t i : group) {
      int64_t element = x.integers[i];
      switch (op.getKind()) {
      case nn::ReductionKind::sum:
      case nn::ReductionKind::mean:
        value = add(value, element);
        break;
      case nn::ReductionKind::prod:
        value = multiply(value, element);
        break;
      case nn::ReductionKind::max:
        value = first ? element : std::max(value, element);
        break;
      case nn::ReductionKind::min:
        value = first ? element : std::min(value, element);
        break;
      }
      first = false;
    }
    if (op.getKind() == nn::ReductionKind::mean)
      value = divide(value, static_cast<int64_t>(group.size()));
    result.push_back(value);
  }
  return result;
}

std::optional<ReferenceTensor> reference::evaluateIntegers(Operation *op,
                                                           Operands operands) {
  auto type = dyn_cast<IntegerType>(
      mlir::getElementTypeOrSelf(op->getResult(0).getType()));
  if (!type)
    return std::nullopt;
  ReferenceTensor y;
  ArrayRef<int64_t> shape = shapeOf(op->getResult(0));
  y.shape.assign(shape.begin(), shape.end());
  y.op = op->getName().stripDialect();
  const ReferenceTensor &x = *operands[0];
  bool exact = all_of(operands, [](const ReferenceTensor *operand) {
    return operand->integers.size() == operand->reals.size();
  });
  if (auto cast = dyn_cast<nn::CastOp>(op)) {
    for (int64_t i = 0; i < x.size(); ++i) {
      if (type.getWidth() == 1)
        y.integers.push_back(exact ? x.integers[i] != 0 : x.reals[i] != 0);
      else
        y.integers.push_back(exact ? x.integers[i]
                                   : truncate(x.reals[i], type));
    }
  } else if (!exact) {
    return std::nullopt;
  } else if (auto function = unaryFunction(op)) {
    for (int64_t element : x.integers)
      y.integers.push_back(function(element));
  } else if (auto function = binaryFunction(op)) {
    const ReferenceTensor &z = *operands[1];
    forEachIndex(shape, [&](ArrayRef<int64_t> index) {
      y.integers.push_back(function(x.integers[flatIndex(index, x.shape)],
                                    z.integers[flatIndex(index, z.shape)]));
    });
  } else if (auto reduction = dyn_cast<nn::ReduceOp>(op)) {
    y.integers = reduce(reduction, x);
  } else if (isa<nn::Conv2DOp, nn::MatMulOp>(op)) {
    y.integers = sumProducts(op, x.integers, operands[1]->integers);
    if (operands.size() > 2)
      for (auto [i, element] : enumerate(y.integers))
        element = add(element,
                      operands[2]->integers[i % operands[2]->integers.size()]);
  } else {
    return std::nullopt;
  }
  for (int64_t &element : y.integers)
    element = wrap(element, type);
  y.reals.assign(y.integers.begin(), y.integers.end());
  return y;
}
