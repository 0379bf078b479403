//===- Quantization.h - Codes and their scales in ONNX ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_QUANTIZATION_H
#define COPPICE_FRONTENDS_ONNX_QUANTIZATION_H

#include "python-free-frontends/ONNX/Importer.h"

namespace coppice::onnx_frontend {

/// Which inputs of a node are the scale and the zero point (which may be
/// absent) of a tensor, and the tensor's axis that several scales belong to.
struct ScaleInputs {
  int scale, zeroPoint;
  int64_t axis = 1;
};

/// The element type of the codes that input `i` holds, as the file's integer.
mlir::Type getCodeType(NodeImporter &node, int i);

/// The quantized element type that scale and zero point make of integers
/// `element`, for a tensor of `shape`. Null after a report: they are computed
/// by nodes, or mean nothing.
mlir::quant::QuantizedType readQuantizedType(NodeImporter &node,
                                             mlir::Type element,
                                             llvm::ArrayRef<int64_t> shape,
                                             ScaleInputs inputs);

/// The real values of input `i`, whose codes are of `type`. An initializer is
/// a parameter of codes; `layoutOf` names the tensor whose readers decide how
/// it is stored. `type` speaks of the file's axes. Nothing after a report.
std::optional<Binding> dequantize(NodeImporter &node, int i,
                                  mlir::quant::QuantizedType type,
                                  llvm::StringRef layoutOf);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_QUANTIZATION_H
