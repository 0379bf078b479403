//===- QuantizationPlan.h - Which tensors get codes --------------*- C++
//-*-===//
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

/// What the operator's entry in the table of imports says.
ResultCodes getResultCodes(const ::onnx::NodeProto &node);
/// Ops whose results get codes of their own.
bool computes(const ::onnx::NodeProto &node);
/// Ops that move or select elements: their results keep the input's codes.
bool moves(const ::onnx::NodeProto &node);
/// Ops with weights.
bool isLayer(const ::onnx::NodeProto &node);
bool isElementwise(const ::onnx::NodeProto &node);

/// The tensor whose codes `name` has: elements that are moved keep theirs.
llvm::StringRef getCodesOwner(GraphEditor &editor, llvm::StringRef name);

/// The addition of a constant vector, one number per column, that alone reads
/// the matrix product `node`: its bias. Product and addition are one layer,
/// which rounds once. Null where there is none.
::onnx::NodeProto *getBiasAddition(GraphEditor &editor,
                                   const ::onnx::NodeProto &node);
/// Which operand of `addition` the vector is.
int getBiasOperand(const ::onnx::NodeProto &addition,
                   const ::onnx::NodeProto &product);

/// Codes of 8 bits for a constant operand of an elementwise layer; nullopt for
/// what is none.
std::optional<ActivationCodes> chooseConstantCodes(GraphEditor &editor,
                                                   llvm::StringRef name);

/// What depends on the elements of an input. All else, such as what follows
/// from shapes, is known when the model is compiled.
llvm::StringSet<> findVarying(GraphEditor &editor);

/// The only axis of a shape with more than one index; nullopt where there is
/// none or another.
std::optional<int64_t> getOnlyAxis(llvm::ArrayRef<int64_t> shape);

/// Whether one scale holds operand `input` of the elementwise `node`, whose
/// codes would be `codes`: factors and divisors that differ too much in size
/// would become 0, or nearly.
bool fitsOneScale(GraphEditor &editor, const ::onnx::NodeProto &node, int input,
                  const ActivationCodes &codes);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_QUANTIZATIONPLAN_H
