//===- ONNX.h - ONNX files in and out ---------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_ONNX_H
#define COPPICE_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>
#include <utility>

namespace coppice {

/// What the user may decide about a model before it is imported.
struct ONNXImportOptions {
  /// Shapes of inputs by name; they replace the file's.
  llvm::SmallVector<std::pair<std::string, llvm::SmallVector<int64_t>>> shapes;
  /// Leading extent of every input; also rewrites each constant of a Reshape
  /// whose leading 1 is the batch.
  std::optional<int64_t> batch;
  /// Inputs with known values, as serialized onnx.TensorProto: they become
  /// constants, so that they may decide shapes.
  llvm::StringMap<std::string> constants;
};

/// Parses `NAME=1x3x32x32`; reports what is wrong with it to `error`.
mlir::FailureOr<std::pair<std::string, llvm::SmallVector<int64_t>>>
parseShapeOverride(llvm::StringRef text,
                   llvm::function_ref<void(const llvm::Twine &)> error);

/// Reads an ONNX model into a module: one `train.parameter` per weight and one
/// function `@infer`. Files ending in `.onnxtxt` are in ONNX's textual syntax,
/// those ending in `.pbtxt` in protobuf's, all others binary. Errors are
/// diagnostics of `context`; their location names the file, or the output and
/// the node, and everything unsupported is one diagnostic.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importONNX(llvm::StringRef path, const ONNXImportOptions &options,
           mlir::MLIRContext *context);

/// Writes the model in the file `original` to `path`, with new values for
/// initializers: `values` maps a parameter's external name to its bytes in the
/// file's layout and element type. The file at `path` is replaced when all is
/// written, or left as it was.
mlir::LogicalResult
exportONNX(llvm::StringRef original,
           const llvm::StringMap<llvm::ArrayRef<char>> &values,
           llvm::StringRef path, mlir::MLIRContext *context);

} // namespace coppice

#endif // COPPICE_ONNX_H
