//===- Slopes.cpp - Compares gradients with differences ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Slopes.h"

#include "dialects/LowP/IR/LowP.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Reference/Codes.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Runtime/Random.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;
using reference::Parameters;
using reference::ReferenceTensor;

namespace {
/// The loss as a function of one element of a weight.
class Loss {
public:
  Loss(mlir::func::FuncOp step, ArrayRef<ReferenceTensor> inputs,
       StringRef symbol, const ReferenceTensor &weight)
      : step(step), inputs(inputs), symbol(symbol), weight(weight) {}

  double at(int64_t i, double value) const;
  /// Returns the slope; nullopt if a kink or a jump is near.
  std::optional<double> slope(int64_t i, double scale) const;

private:
  mlir::func::FuncOp step;
  ArrayRef<ReferenceTensor> inputs;
  StringRef symbol;
  const ReferenceTensor &weight;
};
} // namespace

double Loss::at(int64_t i, double value) const {
  Parameters values;
  values[symbol] = weight;
  values[symbol].reals[i] = value;
  auto results = reference::interpret(step, inputs, values);
  if (!results) {
    consumeError(results.takeError());
    return NAN;
  }
  return results->front().reals.front();
}

std::optional<double> Loss::slope(int64_t i, double scale) const {
  double value = weight.reals[i], middle = at(i, value);
  double h = 1e-5 * std::max(1.0, std::abs(value));
  double high = at(i, value + h), low = at(i, value - h);
  double wide = (high - low) / (2 * h);
  double narrow = (at(i, value + h / 4) - at(i, value - h / 4)) / (h / 2);
  double sides = std::abs(high - 2 * middle + low) / h;
  double noise = 1e-9 * std::max(1.0, std::abs(middle));
  if (!(std::abs(wide - narrow) <= 1e-5 * scale + noise) ||
      !(sides <= 1e-3 * scale + noise))
    return std::nullopt;
  return narrow;
}

/// Returns the tolerance between gradient and slope. The interpreter does not
/// round, but the constants of a derivative have the precision of their type:
/// one twelfth in bfloat16 has an error of one in a thousand.
static double findTolerance(mlir::func::FuncOp step) {
  double coarsest = 0;
  step.walk([&](mlir::Operation *op) {
    for (mlir::Type type : op->getResultTypes())
      if (auto real =
              dyn_cast<mlir::FloatType>(mlir::getElementTypeOrSelf(type)))
        coarsest = std::max(
            coarsest,
            std::ldexp(2, -static_cast<int>(real.getFPMantissaWidth())));
  });
  return std::max(1e-3, 4 * coarsest);
}

/// The number of elements of each weight that are compared.
static constexpr int kSamples = 2;

std::string random_graphs::checkSlopes(mlir::func::FuncOp step,
                                       ArrayRef<ReferenceTensor> inputs,
                                       uint64_t seed) {
  bool hasCodes = false;
  step.walk([&](mlir::Operation *op) {
    hasCodes |= isa_and_nonnull<lowp::LowPDialect>(op->getDialect());
  });
  if (hasCodes)
    return "";
  Parameters after;
  auto results = reference::interpret(step, inputs, after);
  if (!results) {
    consumeError(results.takeError());
    return "";
  }
  double tolerance = findTolerance(step);
  double rate = inputs.back().reals.front();
  runtime::Random random(seed, 3);
  auto module = step->getParentOfType<mlir::ModuleOp>();
  for (auto parameter : module.getOps<train::ParameterOp>()) {
    auto it = after.find(parameter.getSymName());
    if (it == after.end() ||
        parameter.getRole() != train::ParameterRole::weight)
      continue;
    ReferenceTensor weight =
        reference::readConstant(parameter.getValue(), parameter.getType());
    if (!weight.integers.empty() || weight.size() == 0)
      continue;
    Loss loss(step, inputs, parameter.getSymName(), weight);
    double scale = 1e-3;
    auto gradient = [&](int64_t i) {
      return (weight.reals[i] - it->second.reals[i]) / rate;
    };
    for (int64_t i = 0; i < weight.size(); ++i)
      scale = std::max(scale, std::abs(gradient(i)));
    for (int sample = 0; sample < kSamples; ++sample) {
      auto i = static_cast<int64_t>(random.below(weight.size()));
      std::optional<double> slope = loss.slope(i, scale);
      if (slope && !(std::abs(*slope - gradient(i)) <= tolerance * scale))
        return formatv("train: the gradient of '{0}' is {1} at {2} where "
                       "finite differences give {3}",
                       parameter.getFileName(), gradient(i), i, *slope);
    }
  }
  return "";
}
