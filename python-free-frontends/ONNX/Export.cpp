//===- Export.cpp - The trained model as an ONNX file -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/ONNX.h"
#include "python-free-frontends/ONNX/GraphEditor.h"
#include "python-free-frontends/ONNX/Importer.h"
#include "python-free-frontends/ONNX/ModelFile.h"

#include "lib/Support/OutputFile.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::onnx_frontend;

/// Removes every field that can hold a tensor's data, then stores `bytes`.
static void setData(::onnx::TensorProto &tensor, ArrayRef<char> bytes) {
  tensor.clear_float_data();
  tensor.clear_int32_data();
  tensor.clear_int64_data();
  tensor.clear_double_data();
  tensor.clear_uint64_data();
  tensor.clear_external_data();
  tensor.clear_data_location();
  tensor.set_raw_data(bytes.data(), bytes.size());
}

LogicalResult coppice::exportONNX(StringRef original,
                                  const llvm::StringMap<ArrayRef<char>> &values,
                                  StringRef path, MLIRContext *context) {
  Location loc = fileLocation(path, context);
  FailureOr<std::unique_ptr<::onnx::ModelProto>> model =
      readModelFile(original, context);
  if (failed(model))
    return failure();
  StringRef folder = llvm::sys::path::parent_path(original);
  // Separate the parameters in the way of the import.
  separateParameters(**model, folder, makeOpTable(), context);
  setEvaluationMode(**model);
  llvm::StringSet<> written;
  for (::onnx::TensorProto &tensor :
       *(*model)->mutable_graph()->mutable_initializer()) {
    auto value = values.find(tensor.name());
    bool isExternal = tensor.data_location() == ::onnx::TensorProto::EXTERNAL;
    if (value == values.end() && !isExternal)
      continue;
    // The new file may lie in another folder, so it contains all of its data.
    // Reading also tells how many bytes a tensor takes.
    std::string error;
    ::onnx::TensorProto copy = tensor;
    FailureOr<FileTensor> old = readTensor(copy, folder, context, error);
    if (failed(old))
      return emitError(fileLocation(original, context))
             << "initializer '" << tensor.name() << "': " << error;
    if (value == values.end()) {
      setData(tensor, old->bytes);
      continue;
    }
    if (value->second.size() != old->bytes.size())
      return emitError(loc)
             << "the value of '" << tensor.name() << "' has "
             << value->second.size() << " bytes, but the model file holds "
             << old->bytes.size();
    setData(tensor, value->second);
    written.insert(tensor.name());
  }
  for (const auto &value : values)
    if (!written.contains(value.first()))
      return emitError(loc)
             << "the model '" << original << "' has no initializer '"
             << value.first() << "' that could take the trained value";
  std::string bytes;
  if ((*model)->ByteSizeLong() > static_cast<size_t>(INT32_MAX) ||
      !(*model)->SerializeToString(&bytes))
    return emitError(loc) << "the model exceeds the 2 GiB of a protobuf "
                             "message";
  if (llvm::Error error = writeFile(path, bytes)) {
    std::string text = llvm::toString(std::move(error));
    StringRef reason = text;
    // The location names the path already.
    reason.consume_front((path + ": ").str());
    return emitError(loc) << reason;
  }
  return success();
}
