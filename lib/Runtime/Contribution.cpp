//===- Contribution.cpp - The benefit of training a layer -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Contribution.h"

#include "lib/Runtime/Gradcheck.h"
#include "lib/Runtime/Progress.h"
#include "lib/Runtime/Session.h"
#include "lib/Support/UserError.h"

#include <cmath>
#include <deque>

using namespace llvm;

namespace coppice::runtime {

SmallVector<train::Layer> findSchemeLayers(mlir::ModuleOp module) {
  mlir::func::FuncOp infer = findInference(module);
  mlir::Block &body = infer.front();
  SmallVector<train::Layer> layers =
      train::findLayers(body, body.getTerminator()->getOperand(0));
  if (!layers.empty())
    layers.pop_back();
  return layers;
}

/// Each sample is paired with this number of samples before it.
static constexpr size_t kPartners = 8;

namespace {
/// Accumulates the gradients of one parameter.
class Samples {
public:
  Samples(size_t layer, bool isBias) : layer(layer), isBias(isBias) {}
  /// `inner` is the distance between elements of one channel of a weight.
  Samples(size_t layer, int64_t inner, int64_t channels)
      : layer(layer), inner(inner), squares(channels) {}

  void add(const HostTensor &gradient);
  double getContribution(int64_t count) const;
  /// Computes a layer's contribution from `count` gradients.
  void finish(int64_t count, Contribution &contribution) const;

  const size_t layer;
  const bool isBias = false;

private:
  int64_t inner = 1;
  std::vector<double> sums;    // of every element
  std::vector<double> squares; // of every channel
  double allSquares = 0;
  /// The last gradients, to pair with new ones.
  std::deque<std::vector<float>> recent;
  /// Sum over pairs of different samples of (g . g')^2.
  double productSquares = 0;
  int64_t pairs = 0;
};
} // namespace

void Samples::add(const HostTensor &gradient) {
  std::vector<float> values(gradient.size());
  sums.resize(gradient.size());
  for (int64_t i = 0; i < gradient.size(); ++i) {
    double value = gradient.getAsDouble(i);
    values[i] = static_cast<float>(value);
    sums[i] += value;
    allSquares += value * value;
    if (!squares.empty())
      squares[i / inner % squares.size()] += value * value;
  }
  for (const std::vector<float> &other : recent) {
    double product = 0;
    for (auto [a, b] : zip_equal(values, other))
      product += static_cast<double>(a) * b;
    productSquares += product * product;
    ++pairs;
  }
  recent.push_back(std::move(values));
  if (recent.size() > kPartners)
    recent.pop_front();
}

double Samples::getContribution(int64_t count) const {
  if (!std::isfinite(allSquares))
    return allSquares;
  if (productSquares == 0)
    return 0;
  auto n = static_cast<double>(count);
  double mean = 0; // squared norm of the mean gradient
  for (double sum : sums)
    mean += sum / n * (sum / n);
  // The squared mean of n samples contains 1 / n of their variance; subtract
  // it.
  double decrease = std::max(0.0, (n * mean - allSquares / n) / (n - 1));
  double curvature = productSquares / static_cast<double>(pairs);
  return decrease * decrease / (2 * curvature);
}

void Samples::finish(int64_t count, Contribution &contribution) const {
  double value = getContribution(count);
  if (isBias) {
    contribution.bias = value;
    return;
  }
  contribution.weight = value;
  for (double square : squares)
    contribution.channels.push_back(
        allSquares > 0 ? value * (square / allSquares) : 0);
}

static StringMap<Samples> collectParameters(mlir::ModuleOp module) {
  StringMap<Samples> parameters;
  // A parameter that several layers share counts for the first one.
  for (auto [i, layer] : enumerate(findSchemeLayers(module))) {
    auto type = cast<mlir::ShapedType>(layer.weight.getType());
    int64_t inner = 1, channels = 0;
    if (layer.channelAxis) {
      channels = type.getDimSize(*layer.channelAxis);
      for (int64_t size : type.getShape().drop_front(*layer.channelAxis + 1))
        inner *= size;
    }
    parameters.try_emplace(layer.weight.getSymName(), i, inner, channels);
    if (layer.bias)
      parameters.try_emplace(layer.bias.getSymName(), i, /*isBias=*/true);
  }
  return parameters;
}

Expected<std::vector<Contribution>>
measureContributions(const ModelOptions &model, const StepOptions &step,
                     const ImageOptions &image, StringRef images,
                     StringRef labels, int64_t samples) {
  // Run one sample at a time, to get the variance of the gradients.
  ModelOptions single = model;
  single.batch = 1;
  single.dumpPhases.clear();
  single.ramBudget = single.flashBudget = std::nullopt;
  Expected<Session> session = Session::open(single);
  if (!session)
    return session.takeError();
  Expected<DataSet> data = session->loadData(images, labels, image, step.loss);
  if (!data)
    return data.takeError();
  int64_t count = std::min(samples, data->images.size());
  if (count < 2)
    return userError(images, "holds fewer than two images",
                     "contributions need some, a hundred or more");

  StepOptions gradients = step;
  // A batch of one sample has no statistics, so batch norms stay frozen.
  gradients.batchNorm = "frozen";
  CompileOptions options = compileOptions(single);
  options.train.gradients = stepPipeline(gradients, /*gradients=*/true);
  options.train.freeze.assign(step.freeze.begin(), step.freeze.end());
  StringMap<Samples> parameters;
  size_t layers = 0;
  options.afterPhase = [&](Phase phase, mlir::ModuleOp module) {
    if (phase != Phase::Quant)
      return;
    layers = findSchemeLayers(module).size();
    parameters = collectParameters(module);
  };
  auto program = session->compile(options);
  if (!program)
    return program.takeError();

  const EntryInfo &info = (*program)->entry(EntryKind::Gradients);
  const TensorInfo &inputInfo = info.getInput(EntryRole::input);
  const TensorInfo &labelInfo = info.getInput(EntryRole::label);
  HostTensor input(inputInfo.kind, inputInfo.shape);
  HostTensor label(labelInfo.kind, labelInfo.shape);
  auto inputs =
      info.arrange({{EntryRole::input, &input}, {EntryRole::label, &label}});
  AlignedBuffer state = (*program)->createState();
  Progress progress("measure", count, model.quiet, model.progress);
  for (int64_t sample = 0; sample < count; ++sample) {
    data->images.fill(sample, /*flip=*/false, 0, input);
    data->labels.fill(sample, 0, label);
    auto values = computeGradients(**program, state, inputs);
    if (!values)
      return values.takeError();
    for (auto [output, gradient] : zip_equal(values->infos, values->values)) {
      auto parameter = parameters.find(output.gradientOf);
      if (parameter != parameters.end())
        parameter->second.add(gradient);
    }
    progress.update(sample + 1);
  }
  progress.finish();
  std::vector<Contribution> result(layers);
  for (const auto &entry : parameters) {
    const Samples &parameter = entry.second;
    Contribution &contribution = result[parameter.layer];
    parameter.finish(count, contribution);
    if (!std::isfinite(contribution.bias + contribution.weight))
      return userError(images,
                       "the gradient of '" + entry.first() + "' is not finite",
                       "check --mean, --std and the images");
  }
  return std::move(result);
}

} // namespace coppice::runtime
