//===- ModelFile.cpp - ONNX files on disk -----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "python-free-frontends/ONNX/ModelFile.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

using namespace mlir;
using namespace coppice::onnx_frontend;

Location coppice::onnx_frontend::fileLocation(StringRef path,
                                              MLIRContext *context,
                                              unsigned line, unsigned column) {
  return FileLineColLoc::get(context, path, line, column);
}

namespace {
/// Keeps the first error of protobuf's text parser.
class FirstError : public google::protobuf::io::ErrorCollector {
public:
  void AddError(int line, int column, const std::string &message) override {
    if (text.empty()) {
      text = message;
      place = {line + 1, column + 1};
    }
  }
  void AddWarning(int, int, const std::string &) override {}
  std::string text;
  std::pair<int, int> place;
};
} // namespace

FailureOr<std::unique_ptr<::onnx::ModelProto>>
coppice::onnx_frontend::readModelFile(StringRef path, MLIRContext *context) {
  Location loc = fileLocation(path, context);
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> file =
      llvm::MemoryBuffer::getFile(path);
  if (!file)
    return emitError(loc) << "cannot open the model: "
                          << file.getError().message();
  StringRef bytes = (*file)->getBuffer();
  if (bytes.empty())
    return emitError(loc) << "the file is empty";
  if (bytes.size() > static_cast<size_t>(INT32_MAX))
    return emitError(loc)
           << "the file has " << bytes.size()
           << " bytes, but a protobuf message cannot exceed 2 GiB; store the "
              "weights as external data";

  auto model = std::make_unique<::onnx::ModelProto>();
  StringRef extension = llvm::sys::path::extension(path);
  if (extension == ".onnxtxt") {
    std::string error;
    unsigned line = 0, column = 0;
    if (bytes.contains('\0') ||
        !parseTextModel(bytes.data(), *model, error, line, column))
      return emitError(fileLocation(path, context, line, column))
             << "not ONNX's textual syntax: "
             << (error.empty() ? "it holds a zero byte" : error);
  } else if (extension == ".pbtxt") {
    google::protobuf::TextFormat::Parser parser;
    FirstError error;
    parser.RecordErrorsTo(&error);
    parser.SetRecursionLimit(100);
    google::protobuf::io::ArrayInputStream stream(bytes.data(), bytes.size());
    if (!parser.Parse(&stream, model.get()))
      return emitError(fileLocation(path, context, error.place.first,
                                    error.place.second))
             << "not a protobuf text of an ONNX model: " << error.text;
  } else if (!model->ParseFromArray(bytes.data(), bytes.size())) {
    return emitError(loc) << "not an ONNX model, or truncated: its "
                          << bytes.size()
                          << " bytes are not a protobuf message of type "
                             "onnx.ModelProto";
  }
  if (!model->has_graph())
    return emitError(loc) << "not an ONNX model: it has no graph";
  if (failed(inlineFunctions(*model, loc)))
    return failure();
  return model;
}
