//===- QuantizationPlan.h - Chooses tensors that get codes ----------------===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_QUANTIZATIONPLAN_H
#define COPPICE_FRONTENDS_ONNX_QUANTIZATIONPLAN_H

#include "coppice/ONNX.h"
#include "python-free-frontends/ONNX/GraphEditor.h"
#include "python-free-frontends/ONNX/Importer.h"

namespace coppice::onnx_frontend {

/// Returns the entry for the operator in the table of imports.
ResultCodes getResultCodes(const ::onnx::NodeProto &node);
/// Whether the results of the op get codes of their own.
bool computes(const ::onnx::NodeProto &node);
/// Whether the op moves or selects elements, so that its results keep the
/// input's codes.
bool moves(const ::onnx::NodeProto &node);
/// Whether the op has weights.
bool isLayer(const ::onnx::NodeProto &node);
bool isElementwise(const ::onnx::NodeProto &node);

/// Returns the tensor whose codes `name` has: moved elements keep theirs.
llvm::StringRef getCodesOwner(GraphEditor &editor, llvm::StringRef name);

/// Returns the addition of a constant vector, one number per column, that is
/// the only reader of the matrix product `node`: its bias. Product and addition
/// are one layer, which rounds once. Null if there is none.
::onnx::NodeProto *getBiasAddition(GraphEditor &editor,
                                   const ::onnx::NodeProto &node);
/// Returns the index of the vector among the operands of `addition`.
int getBiasOperand(const ::onnx::NodeProto &addition,
                   const ::onnx::NodeProto &product);

/// Chooses codes of 8 bits for a constant operand of an elementwise layer;
/// nullopt for any other tensor.
std::optional<ActivationCodes> chooseConstantCodes(GraphEditor &editor,
                                                   llvm::StringRef name);

/// Returns the values that depend on the elements of an input. Other values,
/// such as those computed from shapes, are known when the model is compiled.
llvm::StringSet<> findVarying(GraphEditor &editor);

/// Returns the only axis of a shape with more than one index; nullopt if there
/// is none or several.
std::optional<int64_t> getOnlyAxis(llvm::ArrayRef<int64_t> shape);

/// Whether one scale fits operand `input` of the elementwise `node`, whose
/// codes would be `codes`. If factors or divisors differ too much in size, the
/// smallest would become 0, or nearly.
bool fitsOneScale(GraphEditor &editor, const ::onnx::NodeProto &node, int input,
                  const ActivationCodes &codes);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_QUANTIZATIONPLAN_H
