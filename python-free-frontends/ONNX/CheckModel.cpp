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

std::string
coppice::onnx_frontend::checkModel(const ::onnx::ModelProto &model) {
  if (model.ir_version() > ::onnx::IR_VERSION)
    return {};
  const auto &newest =
      ::onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
    if (isONNXDomain(opset.domain()) && opset.version() > newest.at("").second)
      return {};
  // The checker throws its findings.
  try {
    ::onnx::checker::check_model(model);
    return {};
  } catch (const std::exception &error) {
    std::string text = error.what();
    // The first line has the error, the others the context.
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
         << "is not a valid ONNX model: " << what;
}
