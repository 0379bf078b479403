//===- WeightCodes.h - Codes of a weight ------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_WEIGHTCODES_H
#define COPPICE_FRONTENDS_ONNX_WEIGHTCODES_H

#include "python-free-frontends/ONNX/GraphEditor.h"

namespace coppice::onnx_frontend {

/// Codes of a weight with one symmetric scale per index of `axis`.
struct WeightCodes {
  /// The codes are in [-last, last]. Without `scales`, the scales follow from
  /// the values.
  WeightCodes(const FloatTensor &tensor, int64_t axis, int64_t last,
              llvm::ArrayRef<float> scales);

  std::vector<float> scales;
  std::vector<int8_t> codes;
  int64_t axis, last;

  int64_t channelOf(int64_t element) const {
    return element / inner % int64_t(scales.size());
  }
  /// Makes the scale of a channel coarser if int32 cannot hold its bias. `real`
  /// is the weight.
  void fitBias(const FloatTensor &bias, const FloatTensor &real,
               double inputScale);

private:
  int64_t inner = 1; ///< elements between two indices of the axis
  void encode(const FloatTensor &tensor);
};

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_WEIGHTCODES_H
