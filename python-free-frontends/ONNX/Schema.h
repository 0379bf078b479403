//===- Schema.h - ONNX's schemas of operators -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_SCHEMA_H
#define COPPICE_FRONTENDS_ONNX_SCHEMA_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace coppice::onnx_frontend {

/// Returns the version of ONNX's operator `type` in the operator set `opset`,
/// which is the number of the set that last changed it; 0 if it is not known.
int64_t getOperatorVersion(llvm::StringRef type, int64_t opset);

/// Whether a node has the same meaning in two operator sets: the operator has
/// not changed between them, or only allows more types, inputs and attributes.
bool isSameOperator(const ::onnx::NodeProto &node, int64_t one, int64_t other);

/// Returns what is wrong with the attributes and the number of inputs of a node
/// of ONNX's operator set `opset`; empty for a valid node, or if its operator
/// is not known.
std::string checkAttributes(const ::onnx::NodeProto &node, int64_t opset);

/// Returns what is wrong with the inputs' element types, given as type codes; 0
/// means an absent input.
std::string checkInputTypes(const ::onnx::NodeProto &node, int64_t opset,
                            llvm::ArrayRef<int> types);

/// Describes an attribute that the operator does not have, with the nearest one
/// that it has.
std::string describeUnknownAttribute(llvm::StringRef name,
                                     llvm::ArrayRef<std::string> known);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_SCHEMA_H
