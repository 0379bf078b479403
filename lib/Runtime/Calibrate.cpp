//===- Calibrate.cpp - Codes for a model's activations ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Calibrate.h"

#include "lib/Runtime/Progress.h"
#include "lib/Support/UserError.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>

using namespace llvm;
using namespace coppice::quantization;

namespace coppice::runtime {

namespace {
/// The statistics of one tensor.
struct Statistics {
  const ActivationPlan &plan;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  std::optional<Histogram> histogram = std::nullopt;
  /// The largest magnitude of each index of the plan's axis.
  std::vector<double> channels = {};

  StringRef name() const { return plan.name; }
  double largest() const { return std::max(-min, max); }
};

/// The tensors of one batch by name. The last batch repeats its last image.
struct Batch {
  const StringMap<const HostTensor *> &tensors;
  int64_t size; // of a full batch
  int64_t rows; // images of this one

  const HostTensor &get(StringRef name) const { return *tensors.lookup(name); }
  /// Whether each row belongs to an image. If the batch is not the leading axis
  /// (heads or time come first, or it was reduced), the whole tensor counts.
  bool hasRows(const HostTensor &tensor) const {
    return !tensor.getShape().empty() && tensor.getShape().front() == size;
  }
  /// Returns the number of elements to count: without the rows of repeated
  /// images, if there are rows.
  int64_t count(const HostTensor &tensor) const {
    return hasRows(tensor) ? tensor.size() / size * rows : tensor.size();
  }
};
} // namespace

static Error addRange(const Batch &batch, Statistics &statistics) {
  const HostTensor &tensor = batch.get(statistics.name());
  ArrayRef<int64_t> shape = tensor.getShape();
  int64_t axis = statistics.plan.spreadAxis
                     ? int64_t(shape.size()) - 1 - *statistics.plan.spreadAxis
                     : -1;
  int64_t inner = 1;
  if (axis >= 0) {
    for (int64_t extent : shape.drop_front(axis + 1))
      inner *= extent;
    statistics.channels.resize(shape[axis]);
  }
  for (int64_t i = 0, e = batch.count(tensor); i < e; ++i) {
    double value = tensor.getAsDouble(i);
    if (!std::isfinite(value))
      return userError("'" + statistics.name() + "'",
                       "is not finite for an image of the calibration set",
                       "check --mean, --std and the images");
    statistics.min = std::min(statistics.min, value);
    statistics.max = std::max(statistics.max, value);
    if (axis >= 0) {
      double &largest = statistics.channels[i / inner % shape[axis]];
      largest = std::max(largest, std::abs(value));
    }
  }
  return Error::success();
}

/// The least magnitude of each divisor.
using Magnitudes = StringMap<double>;

static void addMagnitudes(const Batch &batch, Magnitudes &least) {
  for (auto &entry : least) {
    const HostTensor &tensor = batch.get(entry.first());
    for (int64_t i = 0, e = batch.count(tensor); i < e; ++i)
      entry.second = std::min(entry.second, std::abs(tensor.getAsDouble(i)));
  }
}

/// Adds each element, divided by the number of elements, to the mean of its
/// channel.
static void addMeans(const Batch &batch, StringRef name, int64_t images,
                     ChannelMeans &means) {
  const HostTensor &tensor = batch.get(name);
  ArrayRef<int64_t> shape = tensor.getShape();
  if (shape.size() < 2 || tensor.size() == 0)
    return;
  int64_t channels = shape[1], columns = shape.back();
  int64_t inner = tensor.size() / (shape[0] * channels);
  double batches = batch.hasRows(tensor)
                       ? double(images) / double(batch.size)
                       : double(divideCeil(images, batch.size));
  double elements = double(tensor.size()) * batches;
  means.second.resize(channels);
  means.last.resize(columns);
  for (int64_t i = 0, e = batch.count(tensor); i < e; ++i) {
    double share = tensor.getAsDouble(i) / elements;
    means.second[i / inner % channels] += share * double(channels);
    means.last[i % columns] += share * double(columns);
  }
}

/// Calls `visit` for each batch; the last one may hold fewer rows than images.
static Error forEachBatch(Program &program, const ImageSet &images,
                          int64_t &done, Progress &progress,
                          function_ref<Error(const Batch &)> visit) {
  const EntryInfo &info = program.entry(EntryKind::Inference);
  HostTensor input(info.inputs[0].kind, info.inputs[0].shape);
  SmallVector<HostTensor> outputs = program.createOutputs(EntryKind::Inference);
  StringMap<const HostTensor *> byName;
  for (auto [output, tensor] : zip_equal(info.outputs, outputs))
    byName[output.name] = &tensor;
  byName[info.inputs[0].name] = &input;
  AlignedBuffer state = program.createState();
  int64_t batch = info.inputs[0].shape.front();
  for (int64_t first = 0; first < images.size(); first += batch) {
    int64_t rows = std::min(batch, images.size() - first);
    for (int64_t i = 0; i < batch; ++i)
      images.fill(first + std::min(i, rows - 1), /*flip=*/false, i, input);
    const HostTensor *inputs[] = {&input};
    if (Error error = program.run(EntryKind::Inference, inputs, outputs, state))
      return error;
    if (Error error = visit({byName, batch, rows}))
      return error;
    progress.update(done += rows);
  }
  return Error::success();
}

/// Returns the codes that cover `range`.
static ActivationCodes chooseCodes(const ActivationPlan &plan, Range range) {
  int64_t half = int64_t(1) << (plan.bits - 1);
  AffineParameters affine = chooseAffine(range, -half, half - 1);
  ActivationCodes codes;
  codes.bits = plan.bits;
  codes.min = range.min;
  codes.max = range.max;
  codes.scale = affine.scale;
  codes.zeroPoint = affine.zeroPoint;
  codes.isFixed = plan.range.has_value();
  return codes;
}

/// Returns why codes of one scale cannot hold the tensor; empty if they can.
static std::string whyNoCodes(const Statistics &one,
                              const ActivationCodes &codes,
                              const Magnitudes &magnitudes) {
  if (one.largest() >= kMaskingNumber)
    return formatv("'{0}' reaches {1:e2}: beside such a mask its codes would "
                   "be all alike",
                   one.name(), one.min < 0 ? one.min : one.max);
  // A divisor that is off by half a code must not change the quotient by more
  // than a sixteenth.
  for (const ActivationDivisor &divisor : one.plan.divisors) {
    double least = magnitudes.lookup(divisor.name);
    double step = divisor.gain * double(codes.scale);
    if (least >= 8 * step)
      continue;
    if (divisor.name == one.name())
      return formatv("'{0}' is a divisor that comes as near to 0 as {1:e2}, "
                     "where codes are {2:e2} apart",
                     divisor.name, least, step);
    return formatv("'{0}' is part of the divisor '{1}', which comes as near to "
                   "0 as {2:e2}, where a code of '{0}' more moves it by {3:e2}",
                   one.name(), divisor.name, least, step);
  }
  for (auto [index, largest] : enumerate(one.channels))
    if (largest > 0 && largest < 4 * double(codes.scale))
      return formatv(
          "'{0}' reaches {1:e2} at index {2} of an axis, where codes "
          "of one scale are {3:e2} apart",
          one.name(), largest, index, codes.scale);
  return {};
}

Expected<Calibration> calibrate(Program &program, ArrayRef<ActivationPlan> plan,
                                ArrayRef<std::string> layerInputs,
                                const ImageSet &images,
                                const CalibrationOptions &options) {
  if (images.size() == 0)
    return userError(images.getPath(), "holds no image",
                     "calibration needs some, a hundred or more");
  std::vector<Statistics> statistics;
  for (const ActivationPlan &one : plan)
    statistics.push_back({one});
  Magnitudes magnitudes;
  for (const ActivationPlan &one : plan)
    for (const ActivationDivisor &divisor : one.divisors)
      magnitudes[divisor.name] = std::numeric_limits<double>::infinity();
  bool histograms = options.calibrator != Calibrator::MinMax;
  int64_t done = 0;
  Progress progress("calibrate", images.size() * (histograms ? 2 : 1),
                    options.quiet, options.progress);
  Calibration result;
  auto addBatch = [&](const Batch &batch) -> Error {
    for (Statistics &one : statistics)
      if (Error error = addRange(batch, one))
        return error;
    addMagnitudes(batch, magnitudes);
    for (const std::string &name : layerInputs)
      addMeans(batch, name, images.size(), result.means[name]);
    return Error::success();
  };
  if (Error error = forEachBatch(program, images, done, progress, addBatch))
    return std::move(error);
  // A layer may give zeros alone; an input must not.
  StringRef input = program.entry(EntryKind::Inference).inputs[0].name;
  for (const Statistics &one : statistics)
    if (one.name() == input && one.min == 0 && one.max == 0)
      return userError(images.getPath(),
                       "gives the model zeros alone, which have no range",
                       "check the images, --mean and --std");
  if (histograms) {
    for (Statistics &one : statistics)
      one.histogram.emplace(one.min, one.max);
    auto count = [&](const Batch &batch) -> Error {
      for (Statistics &one : statistics) {
        const HostTensor &tensor = batch.get(one.name());
        for (int64_t i = 0, e = batch.count(tensor); i < e; ++i)
          one.histogram->add(tensor.getAsDouble(i));
      }
      return Error::success();
    };
    if (Error error = forEachBatch(program, images, done, progress, count))
      return std::move(error);
  }
  progress.finish();

  for (const Statistics &one : statistics) {
    Range range{one.min, one.max};
    if (one.plan.range)
      range = {one.plan.range->first, one.plan.range->second};
    else if (one.histogram)
      range = chooseRange(options.calibrator, *one.histogram,
                          1 << one.plan.bits, options.percentile);
    ActivationCodes codes = chooseCodes(one.plan, range);
    if (std::string why = whyNoCodes(one, codes, magnitudes); !why.empty())
      result.floats[one.name()] = why;
    else
      result.codes[one.name()] = codes;
  }
  return std::move(result);
}

} // namespace coppice::runtime
