//===- Calibration.h - Ranges for quantization ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// From the values that a tensor took over a calibration set to the range that
// its codes should cover. Plain C++: no model, no IR.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_QUANTIZATION_CALIBRATION_H
#define COPPICE_LIB_QUANTIZATION_CALIBRATION_H

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace coppice::quantization {

enum class Calibrator {
  MinMax,     ///< everything that was seen
  Percentile, ///< all but a share of the values at both ends
  Entropy,    ///< least Kullback-Leibler divergence of the coded distribution
  MSE         ///< least mean squared error
};
std::optional<Calibrator> parseCalibrator(std::string_view name);

/// A range of real values; contains 0 once widened.
struct Range {
  double min = 0, max = 0;
};

/// Equal bins between the least and the greatest value.
struct Histogram {
  double min = 0, max = 0;
  std::vector<uint64_t> counts;
  /// How many values were exactly 0; they are in `counts` too.
  uint64_t zeros = 0;

  explicit Histogram(double min, double max, size_t bins = 2048)
      : min(min), max(max), counts(bins) {}
  void add(double value);
  /// The same without zeros: every code format has them exactly, so that they
  /// say nothing about which range to choose.
  Histogram withoutZeros() const;
  double getWidth() const { return (max - min) / double(counts.size()); }
  double getCentre(size_t bin) const {
    return min + (double(bin) + 0.5) * getWidth();
  }
};

/// The range that `calibrator` picks for `levels` codes. `percentile` is a
/// percentage, such as 99.99, for that calibrator. Entropy and MSE try the seen
/// range scaled by 1, 0.99, ..., 0.2 (Migacz, GTC 2017; Nagel et al., "A White
/// Paper on Neural Network Quantization", 2021, section 2.3).
Range chooseRange(Calibrator calibrator, const Histogram &histogram,
                  int levels = 256, double percentile = 99.99);

/// Scale and zero point of codes [min, max] that cover `range`, 0 exactly
/// included. The scale is rounded to f32, as files store it.
struct AffineParameters {
  float scale;
  int64_t zeroPoint;
};
AffineParameters chooseAffine(Range range, int64_t codeMin, int64_t codeMax);

/// The scale of codes [-codeMax, codeMax] for `values`: the greatest magnitude
/// gets the last code. Where codes are few (codeMax < 127), clipping some
/// values costs less than rounding all of them: of the magnitudes 1, 0.99, ...,
/// 0.2 times the greatest the one with the least squared error. Rounded to f32;
/// 1 where all values are 0.
float chooseSymmetricScale(const std::vector<float> &values, int64_t codeMax);

/// `weightScale`, or the coarser one at which int32 holds `bias` at
/// inputScale * weightScale. Only a dead channel needs one: its weights are 0
/// beside its bias.
float fitBias(float weightScale, double bias, double inputScale);

} // namespace coppice::quantization

#endif // COPPICE_LIB_QUANTIZATION_CALIBRATION_H
