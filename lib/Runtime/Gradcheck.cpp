//===- Gradcheck.cpp - Gradients against finite differences -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Gradcheck.h"

#include "lib/Runtime/Random.h"
#include "lib/Support/UserError.h"

#include <cmath>

using namespace llvm;

namespace coppice::runtime {

const ParameterInfo *gradientParameter(const Program &program,
                                       const TensorInfo &output) {
  for (const ParameterInfo &parameter : program.getParameters())
    if (output.gradientOf == parameter.symbol ||
        (output.gradientOf.empty() && output.name == parameter.getName()))
      return &parameter;
  return nullptr;
}

Expected<Gradients> computeGradients(Program &program, AlignedBuffer &state,
                                     ArrayRef<const HostTensor *> inputs) {
  SmallVector<HostTensor> outputs = program.createOutputs(EntryKind::Gradients);
  if (Error error = program.run(EntryKind::Gradients, inputs, outputs, state))
    return std::move(error);
  Gradients result;
  const EntryInfo &info = program.entry(EntryKind::Gradients);
  result.loss = outputs[info.getOutputs(EntryRole::loss)[0]].getAsDouble(0);
  for (size_t i : info.getOutputs(EntryRole::gradient)) {
    result.values.push_back(std::move(outputs[i]));
    result.infos.push_back(info.outputs[i]);
  }
  return std::move(result);
}

double Probe::measure(double *element, double value) {
  double old = *element;
  *element = value;
  Error problem = program.run(entry, inputs, outputs, state);
  *element = old;
  if (problem)
    error = joinErrors(std::move(error), std::move(problem));
  return outputs.front().getAsDouble(0);
}

namespace {
/// The differences of a function around a point, for one step.
struct Differences {
  double central, gap; // gap: between the one-sided differences
};
} // namespace

static Differences differences(Probe &probe, double *element, double step,
                               double middle) {
  double value = *element;
  double high = probe.measure(element, value + step);
  double low = probe.measure(element, value - step);
  return {(high - low) / (2 * step), std::abs(high - 2 * middle + low) / step};
}

/// Returns a central difference without a kink in its interval; nullopt if
/// every step contains one.
static std::optional<double> smoothDifference(Probe &probe, double *element,
                                              double middle, double scale) {
  double size = std::max(1.0, std::abs(*element));
  for (double step : {1e-5, 1e-6, 1e-7}) {
    Differences wide = differences(probe, element, step * size, middle);
    Differences narrow = differences(probe, element, step * size / 4, middle);
    // The error of a difference that comes from rounding the loss.
    double noise =
        16 * 0x1p-52 * std::max(1.0, std::abs(middle)) / (step * size / 4);
    double tolerance = 2e-5 * scale + noise;
    bool moved = std::abs(wide.central - narrow.central) > tolerance;
    bool apart = wide.gap > tolerance && narrow.gap > 0.5 * wide.gap;
    if (!moved && !apart)
      return wide.central;
  }
  return std::nullopt;
}

GradientReport compareGradient(std::string name, Probe &probe,
                               const HostTensor &gradient, double *values,
                               double middle, int64_t samples, uint64_t seed) {
  GradientReport report;
  report.name = std::move(name);
  report.elements = gradient.size();

  // Errors are relative to the typical gradient of the tensor, because a single
  // element may be 0.
  double sum = 0;
  for (int64_t i = 0; i < gradient.size(); ++i)
    sum += gradient.as<double>()[i] * gradient.as<double>()[i];
  // Elements that are not drawn must be finite too.
  if (!std::isfinite(sum))
    report.maxError = std::nan("");
  double scale =
      std::max(1e-6, std::sqrt(sum / std::max<int64_t>(1, gradient.size())));

  SmallVector<int64_t> order =
      shuffledOrder(gradient.size(), seed, sampleStream);
  if (static_cast<int64_t>(order.size()) > samples)
    order.truncate(samples);
  for (int64_t i : order) {
    std::optional<double> expected =
        smoothDifference(probe, values + i, middle, scale);
    if (!expected) {
      ++report.kinks;
      continue;
    }
    ++report.checked;
    double got = gradient.as<double>()[i];
    double error = std::abs(got - *expected) /
                   std::max({scale, std::abs(got), std::abs(*expected)});
    // NaN is an error and must not be overwritten.
    if (!std::isnan(report.maxError) && !(error <= report.maxError))
      report.maxError = error;
  }
  return report;
}

Expected<std::vector<GradientReport>>
checkGradients(Program &program, ArrayRef<const HostTensor *> inputs,
               int64_t samples, uint64_t seed) {
  AlignedBuffer state = program.createState();
  Expected<Gradients> gradients = computeGradients(program, state, inputs);
  if (!gradients)
    return gradients.takeError();
  if (!std::isfinite(gradients->loss))
    return userError("gradcheck", "the loss is not finite",
                     "check the input's preprocessing");

  Probe probe(program, state, program.find(EntryKind::Gradients), inputs);
  std::vector<GradientReport> reports;
  for (size_t p = 0; p < gradients->values.size(); ++p) {
    const TensorInfo &info = gradients->infos[p];
    const ParameterInfo *parameter = gradientParameter(program, info);
    if (!parameter || parameter->kind != ElementKind::F64)
      return userError("'" + info.name + "'",
                       "no f64 parameter of that name is in the state");
    reports.push_back(compareGradient(
        parameter->getName().str(), probe, gradients->values[p],
        reinterpret_cast<double *>(state.data() + parameter->offset),
        gradients->loss, samples, seed + p));
    reports.back().approximate = info.approximate;
    if (Error error = probe.takeError())
      return std::move(error);
  }
  return std::move(reports);
}

} // namespace coppice::runtime
