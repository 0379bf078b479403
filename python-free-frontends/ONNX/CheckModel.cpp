//===- CheckModel.cpp - ONNX's own checks of a model ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/OperatorSet.h"

#include "python-free-frontends/ONNX/ModelFile.h"
#include "python-free-frontends/ONNX/Nodes.h"

#include "mlir/IR/Diagnostics.h"
#include "onnx/checker.h"
#include "onnx/defs/schema.h"

using namespace coppice::onnx_frontend;
using ::onnx::OpSchema;

std::string
coppice::onnx_frontend::whyNotInOperatorSet(const ::onnx::NodeProto &node,
                                            int version) {
  if (!isONNXDomain(node.domain()))
    return {};
  std::string set = "operator set " + std::to_string(version);
  const OpSchema *schema =
      ::onnx::OpSchemaRegistry::Schema(node.op_type(), version, "");
  if (!schema || schema->deprecated())
    return set + " has no such operator";
  for (const ::onnx::AttributeProto &attribute : node.attribute())
    if (!schema->attributes().count(attribute.name()))
      return "its attribute '" + attribute.name() + "' has no place in " + set;
  if (node.input_size() < schema->min_input() ||
      node.input_size() > schema->max_input())
    return "it has " + std::to_string(node.input_size()) + " inputs, which " +
           set + " does not know";
  if (node.output_size() > schema->max_output())
    return "it has " + std::to_string(node.output_size()) + " outputs, which " +
           set + " does not know";
  return {};
}

std::string
coppice::onnx_frontend::checkModel(const ::onnx::ModelProto &model) {
  if (model.ir_version() > ::onnx::IR_VERSION)
    return {};
  const auto &newest =
      ::onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
    if (isONNXDomain(opset.domain()) && opset.version() > newest.at("").second)
      return {};
  // The checker throws what it finds.
  try {
    ::onnx::checker::check_model(model);
    return {};
  } catch (const std::exception &error) {
    std::string text = error.what();
    // The first line says what, the others where.
    return text.substr(0, text.find('\n'));
  }
}

mlir::LogicalResult coppice::checkONNX(llvm::StringRef path,
                                       mlir::MLIRContext *context) {
  auto model = readModelFile(path, context);
  if (failed(model))
    return mlir::failure();
  std::string what = checkModel(**model);
  if (what.empty())
    return mlir::success();
  return mlir::emitError(fileLocation(path, context))
         << "is no valid ONNX model: " << what;
}
