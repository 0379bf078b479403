//===- Calibration.cpp - Ranges for quantization ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Quantization/Calibration.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <numeric>

using namespace coppice::quantization;

std::optional<Calibrator>
coppice::quantization::parseCalibrator(std::string_view name) {
  if (name == "minmax")
    return Calibrator::MinMax;
  if (name == "percentile")
    return Calibrator::Percentile;
  if (name == "entropy")
    return Calibrator::Entropy;
  if (name == "mse")
    return Calibrator::MSE;
  return std::nullopt;
}

static size_t findBin(const Histogram &histogram, double value) {
  double width = histogram.getWidth();
  auto bin =
      width > 0 ? static_cast<int64_t>((value - histogram.min) / width) : 0;
  return size_t(
      std::clamp<int64_t>(bin, 0, int64_t(histogram.counts.size()) - 1));
}

void Histogram::add(double value) {
  ++counts[findBin(*this, value)];
  zeros += value == 0;
}

Histogram Histogram::withoutZeros() const {
  Histogram result = *this;
  result.counts[findBin(*this, 0)] -= zeros;
  result.zeros = 0;
  return result;
}

static double countAll(const Histogram &histogram) {
  return double(std::accumulate(histogram.counts.begin(),
                                histogram.counts.end(), uint64_t(0)));
}

static Range choosePercentile(const Histogram &histogram, double percentile) {
  double outside = countAll(histogram) * (1 - percentile / 100) / 2;
  double below = 0, above = 0;
  size_t first = 0, last = histogram.counts.size() - 1;
  while (first < last && below + double(histogram.counts[first]) <= outside)
    below += double(histogram.counts[first++]);
  while (last > first && above + double(histogram.counts[last]) <= outside)
    above += double(histogram.counts[last--]);
  double width = histogram.getWidth();
  return {histogram.min + double(first) * width,
          histogram.min + double(last + 1) * width};
}

/// Returns the mean squared error of rounding inside the range and clipping
/// outside.
static double getSquaredError(const Histogram &histogram, Range range,
                              int levels) {
  double step = (range.max - range.min) / (levels - 1);
  double sum = 0;
  for (size_t bin = 0; bin < histogram.counts.size(); ++bin) {
    double value = histogram.getCentre(bin);
    double clipped = std::clamp(value, range.min, range.max);
    double error = value == clipped ? step * step / 12
                                    : (value - clipped) * (value - clipped);
    sum += double(histogram.counts[bin]) * error;
  }
  return sum;
}

/// Returns the divergence between the clipped distribution and its
/// approximation by `levels` codes.
static double getDivergence(const Histogram &histogram, Range range,
                            int levels) {
  size_t bins = histogram.counts.size();
  double step = (range.max - range.min) / levels;
  if (!(step > 0))
    return std::numeric_limits<double>::infinity();
  // Clipped values count in the end bins.
  std::vector<double> clipped(bins), perLevel(levels);
  std::vector<int> levelOf(bins), filled(levels);
  size_t first = bins, last = 0;
  for (size_t bin = 0; bin < bins; ++bin) {
    double value = histogram.getCentre(bin);
    if (value < range.min || value > range.max)
      continue;
    first = std::min(first, bin);
    last = std::max(last, bin);
  }
  if (first > last)
    return std::numeric_limits<double>::infinity();
  for (size_t bin = 0; bin < bins; ++bin)
    clipped[std::clamp(bin, first, last)] += double(histogram.counts[bin]);
  for (size_t bin = first; bin <= last; ++bin) {
    int level = std::clamp(int((histogram.getCentre(bin) - range.min) / step),
                           0, levels - 1);
    levelOf[bin] = level;
    // The codes approximate the values inside; clipped values do not count.
    perLevel[level] += double(histogram.counts[bin]);
    filled[level] += clipped[bin] > 0;
  }
  double all = countAll(histogram);
  double kept = std::accumulate(perLevel.begin(), perLevel.end(), 0.0);
  if (kept == 0)
    return std::numeric_limits<double>::infinity();
  double sum = 0;
  for (size_t bin = first; bin <= last; ++bin) {
    if (clipped[bin] == 0)
      continue;
    int level = levelOf[bin];
    double p = clipped[bin] / all;
    double q = perLevel[level] / filled[level] / kept;
    sum += p * std::log(p / std::max(q, 1e-12));
  }
  return sum;
}

Range coppice::quantization::chooseRange(Calibrator calibrator,
                                         const Histogram &histogram, int levels,
                                         double percentile) {
  Range seen{histogram.min, histogram.max};
  if (calibrator == Calibrator::MinMax || !(seen.max > seen.min))
    return seen;
  if (calibrator == Calibrator::Percentile)
    return choosePercentile(histogram, percentile);
  Histogram values = histogram.withoutZeros();
  Range best = seen;
  double least = std::numeric_limits<double>::infinity();
  for (int percent = 100; percent >= 20; --percent) {
    Range range{seen.min * percent / 100, seen.max * percent / 100};
    double cost = calibrator == Calibrator::MSE
                      ? getSquaredError(values, range, levels)
                      : getDivergence(values, range, levels);
    if (cost < least) {
      least = cost;
      best = range;
    }
  }
  return best;
}

AffineParameters coppice::quantization::chooseAffine(Range range,
                                                     int64_t codeMin,
                                                     int64_t codeMax) {
  double min = std::min(range.min, 0.0), max = std::max(range.max, 0.0);
  auto scale = static_cast<float>((max - min) / double(codeMax - codeMin));
  // The values are 0, or too small for f32's normal numbers.
  if (!(scale >= std::numeric_limits<float>::min()))
    scale = 1;
  double zero = double(codeMin) - std::nearbyint(min / double(scale));
  return {scale, static_cast<int64_t>(
                     std::clamp(zero, double(codeMin), double(codeMax)))};
}

float coppice::quantization::chooseSymmetricScale(
    const std::vector<float> &values, int64_t codeMax) {
  float largest = 0;
  for (float value : values)
    largest = std::max(largest, std::fabs(value));
  float whole = largest / float(codeMax);
  // The values are 0, or too small for f32's normal numbers.
  if (!(whole >= std::numeric_limits<float>::min()))
    return 1;
  if (codeMax >= 127)
    return whole;
  float best = whole;
  double least = std::numeric_limits<double>::infinity();
  for (int percent = 100; percent >= 20; --percent) {
    float scale = whole * float(percent) / 100;
    if (!(scale >= std::numeric_limits<float>::min()))
      break;
    double sum = 0;
    for (float value : values) {
      double code = std::clamp(std::nearbyint(double(value) / double(scale)),
                               -double(codeMax), double(codeMax));
      double error = double(value) - code * double(scale);
      sum += error * error;
    }
    if (sum < least) {
      least = sum;
      best = scale;
    }
  }
  return best;
}

float coppice::quantization::fitBias(float weightScale, double bias,
                                     double inputScale) {
  double least = std::fabs(bias) / (inputScale * (1 << 30));
  // Files hold the scale of a bias as a normal f32.
  least = std::max(least, double(FLT_MIN) / inputScale);
  return weightScale < least ? float(least * 1.0000002) : weightScale;
}
