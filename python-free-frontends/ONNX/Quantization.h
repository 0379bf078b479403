//===- Quantization.h - Codes and their scales in ONNX ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_QUANTIZATION_H
#define COPPICE_FRONTENDS_ONNX_QUANTIZATION_H

#include "python-free-frontends/ONNX/Importer.h"

namespace coppice::onnx_frontend {

/// The inputs of a node that are the scale and the zero point (which may be
/// absent) of a tensor, and the tensor's axis that several scales belong to.
struct ScaleInputs {
  int scale, zeroPoint;
  int64_t axis = 1;
};

/// Returns the element type of the codes of input `i`, as the file's integer.
mlir::Type getCodeType(NodeImporter &node, int i);

/// Returns the quantized element type of integers `element` with this scale and
/// zero point, for a tensor of `shape`. Null after a report: nodes compute
/// them, or they are invalid.
mlir::quant::QuantizedType readQuantizedType(NodeImporter &node,
                                             mlir::Type element,
                                             llvm::ArrayRef<int64_t> shape,
                                             ScaleInputs inputs);

/// Returns the real values of input `i`, whose codes are of `type`. An
/// initializer becomes a parameter of codes. The readers of the tensor
/// `layoutOf` decide how it is stored. `type` is in the file's axes. nullopt
/// after a report.
std::optional<Binding> dequantize(NodeImporter &node, int i,
                                  mlir::quant::QuantizedType type,
                                  llvm::StringRef layoutOf);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_QUANTIZATION_H
