//===- Checks.cpp - Checks that a file is consistent ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A file contains some information twice: an operator set defines the operands
// of its operators, and the declaration of a value has the type that its node
// computes. A file with a contradiction is refused.
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/Importer.h"
#include "python-free-frontends/ONNX/Nodes.h"
#include "python-free-frontends/ONNX/Schema.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

//===----------------------------------------------------------------------===//
// Size
//===----------------------------------------------------------------------===//

/// Code and constants share the range of a 32-bit displacement; the rest of the
/// range is left to the code.
static constexpr int64_t kMostConstantBytes = INT32_MAX - (int64_t(64) << 20);

static int64_t getBytes(const ::onnx::TensorProto &tensor) {
  int64_t bytes = getElementBytes(tensor.data_type());
  for (int64_t extent : tensor.dims())
    if (extent < 0 || llvm::MulOverflow(bytes, extent, bytes))
      return 0; // refused with the tensor
  return bytes;
}

LogicalResult GraphImporter::checkSize() {
  int64_t total = 0;
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    total += std::min(getBytes(tensor), int64_t(1) << 40);
  for (const ::onnx::NodeProto &node : graph.node())
    for (const ::onnx::AttributeProto &attribute : node.attribute())
      if (attribute.has_t())
        total += std::min(getBytes(attribute.t()), int64_t(1) << 40);
  if (total <= kMostConstantBytes)
    return success();
  return emitError(fileLoc)
         << "the model's constants take " << total << " bytes, but code "
         << "reaches " << kMostConstantBytes
         << "; store the weights in a narrower type (float16, or quantized), "
            "or split the model";
}

//===----------------------------------------------------------------------===//
// Nodes and their operator
//===----------------------------------------------------------------------===//

/// Returns the type code of an element type; 0 if ONNX has none.
static int getTypeCode(Type element) {
  for (int code = 1; code <= 16; ++code)
    if (getElementType(code, element.getContext()) == element)
      return code;
  return 0;
}

std::string coppice::onnx_frontend::describeType(Type type) {
  auto tensor = dyn_cast_or_null<RankedTensorType>(type);
  if (!tensor)
    return type ? getTypeName(getTypeCode(type)) : "that is unknown";
  tensor = getIntegerType(tensor);
  std::string text = getTypeName(getTypeCode(tensor.getElementType()));
  const char *separator = "[";
  for (int64_t extent : tensor.getShape()) {
    text += separator + std::to_string(extent);
    separator = ",";
  }
  return tensor.getRank() ? text + "]" : text;
}

LogicalResult NodeImporter::checkOperator() {
  if (!isONNXDomain(proto.domain()))
    return success();
  std::string wrong = checkAttributes(proto, opset);
  if (!wrong.empty())
    return error(wrong);
  SmallVector<int> types;
  for (int i = 0; i < getNumInputs(); ++i) {
    types.push_back(0);
    Binding *binding = getBinding(i);
    if (binding && (binding->constant || binding->value))
      types.back() = getTypeCode(getCodeType(i));
  }
  wrong = checkInputTypes(proto, opset, types);
  return wrong.empty() ? success() : error(wrong);
}

LogicalResult NodeImporter::checkRead() {
  // Operators of other domains have no schema, so an attribute that the import
  // did not read is unknown.
  if (isONNXDomain(proto.domain()))
    return success();
  for (const ::onnx::AttributeProto &attribute : proto.attribute())
    if (!asked.contains(attribute.name()) &&
        !StringRef(attribute.name()).starts_with("__")) {
      std::vector<std::string> known;
      for (const auto &name : asked)
        known.push_back(name.first().str());
      llvm::sort(known);
      return error(describeUnknownAttribute(attribute.name(), known));
    }
  return success();
}

//===----------------------------------------------------------------------===//
// Values and their declaration
//===----------------------------------------------------------------------===//

/// Formats a shape: `1x3x?`, or `no axes`.
static std::string describeShape(ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") +
            (extent < 0 ? std::string("?") : std::to_string(extent));
  return text.empty() ? "no axes" : text;
}

LogicalResult GraphImporter::checkOutputs(const ::onnx::NodeProto &node,
                                          Location loc) {
  for (const std::string &name : node.output()) {
    auto it = declared.find(name);
    if (name.empty() || it == declared.end())
      continue;
    auto [info, isOutput] = it->second;
    Binding *binding = lookup(name);
    if (!binding || binding->isPoisoned)
      continue;
    Type type = binding->fileType   ? binding->fileType
                : binding->constant ? binding->constant->type
                                    : getIntegerType(binding->value.getType());
    if (failed(checkDeclared(*info, type, loc, isOutput)))
      return failure();
  }
  return success();
}

LogicalResult GraphImporter::checkDeclared(const ::onnx::ValueInfoProto &info,
                                           Type computed, Location loc,
                                           bool isOutput) {
  if (!info.has_type())
    return success();
  StringRef what = isOutput ? "output" : "value";
  if (info.type().value_case() == ::onnx::TypeProto::VALUE_NOT_SET)
    return success();
  if (!info.type().has_tensor_type())
    return emitError(loc) << what << " '" << info.name()
                          << "' is declared as something other than a tensor";
  const ::onnx::TypeProto::Tensor &declared = info.type().tensor_type();
  auto type = cast<RankedTensorType>(computed);
  int code = getTypeCode(type.getElementType());
  if (declared.elem_type() != 0 && declared.elem_type() != code)
    return emitError(loc) << what << " '" << info.name() << "' is declared as "
                          << getTypeName(declared.elem_type())
                          << ", but its node computes " << getTypeName(code)
                          << "; correct the declaration or the node";
  // Declared extents belong to the batch and the shapes of the file.
  if (!declared.has_shape() || hasOtherShapes)
    return success();
  SmallVector<int64_t> shape;
  for (const ::onnx::TensorShapeProto::Dimension &dim : declared.shape().dim())
    shape.push_back(dim.has_dim_value() && dim.dim_value() >= 0
                        ? dim.dim_value()
                        : ShapedType::kDynamic);
  bool fits = shape.size() == type.getShape().size();
  for (size_t i = 0; fits && i < shape.size(); ++i)
    fits = ShapedType::isDynamic(shape[i]) || shape[i] == type.getDimSize(i);
  if (fits)
    return success();
  // Tools leave stale declarations of values inside the graph behind, so those
  // are warnings.
  InFlightDiagnostic diag = isOutput ? emitError(loc) : emitWarning(loc);
  diag << what << " '" << info.name() << "' is declared with the shape "
       << describeShape(shape) << ", but its node computes "
       << describeShape(type.getShape())
       << (isOutput ? "; correct the declaration or the node" : "");
  return failure(isOutput);
}
