//===- OperatorSet.h - Which operator set a model is written in -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_OPERATORSET_H
#define COPPICE_FRONTENDS_ONNX_OPERATORSET_H

#include "coppice/ONNX.h"
#include "python-free-frontends/ONNX/GraphEditor.h"

namespace coppice::onnx_frontend {

/// The operator set of QuantizeLinear and DequantizeLinear with one scale for
/// each index of an axis.
inline constexpr int64_t kQuantizationOpset = 13;

/// Rewrites the nodes of a model in an older operator set than 13 as 13 defines
/// them; a newer one stays. What a node does is not changed. Fails with one
/// diagnostic that names every node that has no such form. `path` and `options`
/// import the model: some nodes depend on the ranks and types of what they
/// read.
mlir::LogicalResult raiseOperatorSet(GraphEditor &editor, llvm::StringRef path,
                                     const ONNXImportOptions &options);

/// What ONNX's checker says of the model; empty where it is valid, and where
/// the checker is older than the model.
std::string checkModel(const ::onnx::ModelProto &model);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_OPERATORSET_H
