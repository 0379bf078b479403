//===- Calibration.h - Ranges for quantization ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Chooses the range of a tensor's codes from the values that the tensor took
// over a calibration set. Plain C++ without model or IR.
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
  /// The number of values that were exactly 0; `counts` includes them.
  uint64_t zeros = 0;

  explicit Histogram(double min, double max, size_t bins = 2048)
      : min(min), max(max), counts(bins) {}
  void add(double value);
  /// Returns the histogram without zeros. Every code format represents 0
  /// exactly, so zeros do not help to choose the range.
  Histogram withoutZeros() const;
  double getWidth() const { return (max - min) / double(counts.size()); }
  double getCentre(size_t bin) const {
    return min + (double(bin) + 0.5) * getWidth();
  }
};

/// Returns the range that `calibrator` picks for `levels` codes. `percentile`
/// is a percentage, such as 99.99, for that calibrator. Entropy and MSE try the
/// seen range scaled by 1, 0.99, ..., 0.2 (Migacz, GTC 2017; Nagel et al., "A
/// White Paper on Neural Network Quantization", 2021, section 2.3).
Range chooseRange(Calibrator calibrator, const Histogram &histogram,
                  int levels = 256, double percentile = 99.99);

/// Scale and zero point of codes [min, max] that cover `range`; 0 is exact. The
/// scale is rounded to f32, as files store it.
struct AffineParameters {
  float scale;
  int64_t zeroPoint;
};
AffineParameters chooseAffine(Range range, int64_t codeMin, int64_t codeMax);

/// Returns the scale of codes [-codeMax, codeMax] for `values`. The greatest
/// magnitude gets the last code. If there are few codes (codeMax < 127),
/// clipping some values costs less than rounding all of them; of 1, 0.99, ...,
/// 0.2 times the greatest magnitude, the one with the least squared error gets
/// the last code. Rounded to f32; 1 if all values are 0.
float chooseSymmetricScale(const std::vector<float> &values, int64_t codeMax);

/// Returns `weightScale`, or the larger scale at which int32 holds `bias` at
/// inputScale * weightScale. A dead channel needs the larger one, because its
/// weights are near 0 beside its bias.
float fitBias(float weightScale, double bias, double inputScale);

} // namespace coppice::quantization

#endif // COPPICE_LIB_QUANTIZATION_CALIBRATION_H
