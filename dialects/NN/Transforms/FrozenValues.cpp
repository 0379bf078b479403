//===- FrozenValues.cpp - Values that no step changes -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/Transforms/FrozenValues.h"

#include "dialects/NN/IR/NN.h"
#include "lib/Support/Elements.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

/// A scale or shift that takes more steps to compute is not folded.
static constexpr unsigned kDeepest = 32;

/// Whether at most one axis has more than one element. The elements are then a
/// vector, whatever the order of the axes.
static bool isVector(RankedTensorType type) {
  return isa<FloatType>(type.getElementType()) &&
         llvm::count_if(type.getShape(), [](int64_t e) { return e != 1; }) <= 1;
}

std::optional<Reals>
coppice::nn::zip(const std::optional<Reals> &a, const std::optional<Reals> &b,
                 function_ref<double(double, double)> combine) {
  if (!a || !b || (a->size() != b->size() && a->size() != 1 && b->size() != 1))
    return std::nullopt;
  Reals result(std::max(a->size(), b->size()));
  for (size_t i = 0; i < result.size(); ++i)
    result[i] =
        combine((*a)[a->size() == 1 ? 0 : i], (*b)[b->size() == 1 ? 0 : i]);
  return result;
}

FrozenValues::FrozenValues(ModuleOp module) : symbols(module) {
  module.walk([&](Operation *op) {
    if (auto write = dyn_cast<train::WriteOp>(op))
      isTrained.insert(write.getParameter());
    else if (auto gradient = dyn_cast<train::GradientOp>(op))
      for (Value value : gradient.getWrt())
        if (auto read = value.getDefiningOp<train::ReadOp>())
          isTrained.insert(read.getParameter());
  });
}

std::optional<FrozenTensor> FrozenValues::lookup(Value value) {
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  FrozenTensor result;
  if (matchPattern(value, m_Constant(&result.value)))
    return result;
  auto read = value.getDefiningOp<train::ReadOp>();
  if (!read || isTrained.contains(read.getParameter()))
    return std::nullopt;
  result.parameter = symbols.lookup<train::ParameterOp>(read.getParameter());
  if (!result.parameter)
    return std::nullopt;
  result.value = result.parameter.getValue();
  return result;
}

std::optional<Reals> FrozenValues::evaluate(Value value, unsigned depth) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  Operation *op = value.getDefiningOp();
  if (!type || !op || !isVector(type) || depth > kDeepest)
    return std::nullopt;
  if (auto it = known.find(value); it != known.end())
    return it->second;
  std::optional<FrozenTensor> tensor = lookup(value);
  std::optional<Reals> result =
      tensor ? readReals(tensor->value) : evaluateOp(op, depth);
  if (result)
    known.try_emplace(value, *result);
  return result;
}

std::optional<Reals> FrozenValues::evaluateOp(Operation *op, unsigned depth) {
  double (*function)(double, double) = nullptr;
  if (isa<ReshapeOp, TransposeOp>(op))
    function = [](double x, double) { return x; };
  else if (isa<AddOp>(op))
    function = [](double x, double y) { return x + y; };
  else if (isa<SubOp>(op))
    function = [](double x, double y) { return x - y; };
  else if (isa<MulOp>(op))
    function = [](double x, double y) { return x * y; };
  else if (isa<DivOp>(op))
    function = [](double x, double y) { return x / y; };
  else if (isa<SqrtOp>(op))
    function = [](double x, double) { return std::sqrt(x); };
  else if (isa<RsqrtOp>(op))
    function = [](double x, double) { return 1.0 / std::sqrt(x); };
  else if (isa<ReciprocalOp>(op))
    function = [](double x, double) { return 1.0 / x; };
  else
    return std::nullopt;
  std::optional<Reals> first = evaluate(op->getOperand(0), depth + 1);
  // Stop if the first operand fails: otherwise a chain of x + x would be walked
  // twice at each step.
  if (!first)
    return std::nullopt;
  if (op->getNumOperands() == 1)
    return zip(first, first, function);
  return zip(first, evaluate(op->getOperand(1), depth + 1), function);
}

Value FrozenValues::create(OpBuilder &builder, FrozenTensor near,
                           StringRef suffix, RankedTensorType type,
                           Reals values) {
  if (!near.parameter)
    return arith::ConstantOp::create(builder, builder.getUnknownLoc(),
                                     makeReals(type, values, suffix));
  std::string name = (near.parameter.getSymName() + "." + suffix).str();
  Location loc = near.parameter.getLoc();
  train::ParameterOp &parameter = created[{name, values}];
  if (!parameter) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(near.parameter);
    parameter = train::ParameterOp::create(
        builder, loc, builder.getStringAttr(name), TypeAttr::get(type),
        makeReals(type, values, name),
        train::ParameterRoleAttr::get(builder.getContext(),
                                      train::ParameterRole::weight),
        /*external_name=*/StringAttr(), /*layout=*/DenseI64ArrayAttr(),
        /*state_offset=*/IntegerAttr(), /*quantized=*/TypeAttr());
    // Insert the parameter, which makes its name unique.
    symbols.insert(parameter);
  }
  return train::ReadOp::create(
      builder, loc, type, FlatSymbolRefAttr::get(parameter.getSymNameAttr()));
}
