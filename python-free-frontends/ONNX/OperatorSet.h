//===- OperatorSet.h - Converts models to operator set 13 -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_OPERATORSET_H
#define COPPICE_FRONTENDS_ONNX_OPERATORSET_H

#include "coppice/ONNX.h"
#include "python-free-frontends/ONNX/GraphEditor.h"

namespace coppice::onnx_frontend {

/// The operator set in which QuantizeLinear and DequantizeLinear can have one
/// scale for each index of an axis.
inline constexpr int64_t kQuantizationOpset = 13;

/// Rewrites the nodes of a model in an older operator set than 13 to set 13; a
/// newer model is not changed. The nodes compute the same results. Fails with
/// one diagnostic that names every node without a form in set 13. `path` and
/// `options` import the model, because some rewrites depend on ranks and types.
mlir::LogicalResult raiseOperatorSet(GraphEditor &editor, llvm::StringRef path,
                                     const ONNXImportOptions &options);

/// Returns the error that ONNX's checker finds in the model; empty if it is
/// valid, or if the checker is older than the model.
std::string checkModel(const ::onnx::ModelProto &model);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_OPERATORSET_H
