//===- WeightCodes.cpp - Codes of a weight ----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/WeightCodes.h"

#include "lib/Quantization/Calibration.h"

#include <cmath>

using namespace coppice;
using namespace coppice::onnx_frontend;

void WeightCodes::encode(const FloatTensor &tensor) {
  codes.clear();
  for (auto [i, value] : llvm::enumerate(tensor.values)) {
    double code = std::nearbyint(double(value) / scales[channelOf(i)]);
    codes.push_back(
        int8_t(std::min(std::max(code, -double(last)), double(last))));
  }
}

WeightCodes::WeightCodes(const FloatTensor &tensor, int64_t axis, int64_t last,
                         llvm::ArrayRef<float> given)
    : scales(given), axis(axis), last(last) {
  for (int64_t extent : llvm::ArrayRef(tensor.shape).drop_front(axis + 1))
    inner *= extent;
  if (given.empty()) {
    std::vector<std::vector<float>> rows(size_t(tensor.shape[axis]));
    for (auto [i, value] : llvm::enumerate(tensor.values))
      rows[int64_t(i) / inner % int64_t(rows.size())].push_back(value);
    for (const std::vector<float> &row : rows)
      scales.push_back(quantization::chooseSymmetricScale(row, last));
  }
  encode(tensor);
}

void WeightCodes::fitBias(const FloatTensor &bias, const FloatTensor &real,
                          double inputScale) {
  bool coarser = false;
  for (auto [scale, value] : llvm::zip_equal(scales, bias.values)) {
    float fitting = quantization::fitBias(scale, value, inputScale);
    coarser |= fitting != scale;
    scale = fitting;
  }
  if (coarser)
    encode(real);
}
