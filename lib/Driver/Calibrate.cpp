//===- Calibrate.cpp - Codes for a model's activations ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Calibrate.h"

#include "lib/Driver/Progress.h"
#include "lib/Support/UserError.h"

#include <cmath>
#include <limits>

using namespace llvm;
using namespace coppice::quantization;

namespace coppice::driver {

namespace {
/// What is known of one tensor.
struct Statistics {
  std::string name;
  unsigned bits;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  std::vector<double> channelSums;
  int64_t perChannel = 0; ///< elements that went into each sum
  std::optional<Histogram> histogram;
};
} // namespace

/// Elements of one image between two channels (axis 1).
static int64_t countInner(const HostTensor &tensor) {
  int64_t inner = 1;
  for (int64_t extent : tensor.getShape().drop_front(
           std::min<size_t>(2, tensor.getShape().size())))
    inner *= extent;
  return inner;
}

static Error addRange(const HostTensor &tensor, int64_t rows,
                      Statistics &statistics) {
  ArrayRef<int64_t> shape = tensor.getShape();
  int64_t perRow =
      tensor.size() / std::max<int64_t>(1, shape.empty() ? 1 : shape[0]);
  int64_t channels = shape.size() > 1 ? shape[1] : 1;
  int64_t inner = countInner(tensor);
  statistics.channelSums.resize(channels);
  for (int64_t i = 0; i < rows * perRow; ++i) {
    double value = tensor.getAsDouble(i);
    if (!std::isfinite(value))
      return userError("'" + statistics.name + "'",
                       "is not finite for an image of the calibration set",
                       "check --mean, --std and the images");
    statistics.min = std::min(statistics.min, value);
    statistics.max = std::max(statistics.max, value);
    statistics.channelSums[i / inner % channels] += value;
  }
  statistics.perChannel += rows * perRow / std::max<int64_t>(1, channels);
  return Error::success();
}

/// Calls `visit` with every tensor of `statistics` for each batch; the last
/// batch may hold fewer rows than images.
static Error forEachBatch(
    Program &program, const ImageSet &images,
    MutableArrayRef<Statistics> statistics, int64_t &done, Progress &progress,
    function_ref<Error(const HostTensor &, int64_t, Statistics &)> visit) {
  const EntryInfo &info = program.entry("infer");
  HostTensor input(info.inputs[0].kind, info.inputs[0].shape);
  SmallVector<HostTensor> outputs = program.createOutputs("infer");
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
    if (Error error = program.run("infer", inputs, outputs, state))
      return error;
    for (Statistics &one : statistics)
      if (Error error = visit(*byName.lookup(one.name), rows, one))
        return error;
    progress.update(done += rows);
  }
  return Error::success();
}

Expected<StringMap<ActivationCodes>>
calibrate(Program &program, ArrayRef<ActivationPlan> plan,
          const ImageSet &images, const CalibrationOptions &options) {
  if (images.size() == 0)
    return userError(images.getPath(), "holds no image",
                     "calibration needs some, a hundred or more");
  std::vector<Statistics> statistics;
  for (const ActivationPlan &one : plan)
    statistics.push_back({one.name, one.bits});
  bool histograms = options.calibrator != Calibrator::MinMax;
  int64_t done = 0;
  Progress progress("calibrate", images.size() * (histograms ? 2 : 1),
                    options.quiet, options.progress);
  if (Error error =
          forEachBatch(program, images, statistics, done, progress, addRange))
    return std::move(error);
  if (histograms) {
    for (Statistics &one : statistics)
      one.histogram.emplace(one.min, one.max);
    auto count = [](const HostTensor &tensor, int64_t rows, Statistics &one) {
      int64_t extent = tensor.getShape().empty() ? 1 : tensor.getShape()[0];
      for (int64_t i = 0; i < tensor.size() / extent * rows; ++i)
        one.histogram->add(tensor.getAsDouble(i));
      return Error::success();
    };
    if (Error error =
            forEachBatch(program, images, statistics, done, progress, count))
      return std::move(error);
  }
  progress.finish();

  StringMap<ActivationCodes> result;
  const EntryInfo &info = program.entry("infer");
  for (const Statistics &one : statistics) {
    Range range{one.min, one.max};
    if (one.histogram)
      range = chooseRange(options.calibrator, *one.histogram, 1 << one.bits,
                          options.percentile);
    int64_t half = int64_t(1) << (one.bits - 1);
    AffineParameters affine = chooseAffine(range, -half, half - 1);
    ActivationCodes &codes = result[one.name];
    codes.bits = one.bits;
    codes.min = range.min;
    codes.max = range.max;
    codes.scale = affine.scale;
    codes.zeroPoint = affine.zeroPoint;
    for (double sum : one.channelSums)
      codes.channelMeans.push_back(
          sum / double(std::max<int64_t>(1, one.perChannel)));
    for (ArrayRef<TensorInfo> list : {ArrayRef<TensorInfo>(info.inputs),
                                      ArrayRef<TensorInfo>(info.outputs)})
      for (const TensorInfo &tensor : list)
        if (tensor.name == one.name)
          codes.rank = int64_t(tensor.shape.size());
  }
  return std::move(result);
}

} // namespace coppice::driver
