//===- ModelFile.h - ONNX files on disk -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_FRONTENDS_ONNX_MODELFILE_H
#define COPPICE_FRONTENDS_ONNX_MODELFILE_H

#include "mlir/IR/Location.h"
#include "onnx/onnx_pb.h"

#include <memory>
#include <string>

namespace coppice::onnx_frontend {

/// Returns the location of a file as a whole.
mlir::Location fileLocation(llvm::StringRef path, mlir::MLIRContext *context,
                            unsigned line = 0, unsigned column = 0);

/// Inlines the calls of the model's own functions.
mlir::LogicalResult inlineFunctions(::onnx::ModelProto &model,
                                    mlir::Location fileLoc);

/// Reads the file in the format of its extension, and inlines its functions;
/// emits a diagnostic on failure.
mlir::FailureOr<std::unique_ptr<::onnx::ModelProto>>
readModelFile(llvm::StringRef path, mlir::MLIRContext *context);

/// Parses ONNX's textual syntax. On failure returns false, with `error` and its
/// position.
bool parseTextModel(const char *text, ::onnx::ModelProto &model,
                    std::string &error, unsigned &line, unsigned &column);

} // namespace coppice::onnx_frontend

#endif // COPPICE_FRONTENDS_ONNX_MODELFILE_H
