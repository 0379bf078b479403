//===- coppice-import.cpp - A model file becomes MLIR -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/InitAll.h"
#include "coppice/ONNX.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Support/Permute.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
namespace cl = llvm::cl;

/// Writes the model in `original` to `path` with the parameters of `module`.
static LogicalResult exportParameters(ModuleOp module, StringRef original,
                                      StringRef path) {
  std::vector<std::vector<char>> storage;
  llvm::StringMap<ArrayRef<char>> values;
  for (auto parameter : module.getOps<coppice::train::ParameterOp>()) {
    auto resource =
        dyn_cast<DenseResourceElementsAttr>(parameter.getValueAttr());
    AsmResourceBlob *blob =
        resource ? resource.getRawHandle().getBlob() : nullptr;
    if (!blob || !parameter.getExternalName())
      continue;
    ArrayRef<char> bytes = blob->getData();
    if (std::optional<ArrayRef<int64_t>> layout = parameter.getLayout()) {
      auto type = cast<RankedTensorType>(parameter.getType());
      storage.emplace_back(bytes.size());
      coppice::permuteElements(
          bytes, type.getShape(), coppice::invertPermutation(*layout),
          type.getElementTypeBitWidth() / 8, storage.back());
      bytes = storage.back();
    }
    values[*parameter.getExternalName()] = bytes;
  }
  return coppice::exportONNX(original, values, path, module.getContext());
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::opt<std::string> input(cl::Positional, cl::Required,
                             cl::desc("<model.onnx>"));
  cl::opt<std::string> output("o", cl::desc("where the module goes"),
                              cl::value_desc("file"), cl::init("-"));
  cl::list<std::string> shapes("shape", cl::desc("shape of an input"),
                               cl::value_desc("NAME=1x3x32x32"));
  cl::list<std::string> values(
      "value", cl::desc("tensor that makes an input a constant"),
      cl::value_desc("NAME=FILE.pb"));
  cl::opt<int64_t> batch("batch", cl::desc("leading extent of every input"));
  cl::opt<std::string> exported(
      "export",
      cl::desc("write the model back as ONNX, with the module's parameters"),
      cl::value_desc("file"));
  cl::opt<bool> check("check",
                      cl::desc("let ONNX's own checker read the model first"));
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  cl::ParseCommandLineOptions(argc, argv, "Imports a model file as MLIR\n");

  DialectRegistry registry;
  coppice::registerAllDialects(registry);
  MLIRContext context(registry);
  ScopedDiagnosticHandler handler(&context, [](Diagnostic &diagnostic) {
    diagnostic.print(llvm::errs()
                     << (diagnostic.getSeverity() == DiagnosticSeverity::Error
                             ? "error: "
                             : "note: ")
                     << diagnostic.getLocation() << ": ");
    llvm::errs() << "\n";
  });

  coppice::ONNXImportOptions options;
  for (const std::string &text : shapes) {
    auto shape =
        coppice::parseShapeOverride(text, [](const llvm::Twine &message) {
          llvm::errs() << "error: --shape: " << message << "\n";
        });
    if (failed(shape))
      return 1;
    options.shapes.push_back(std::move(*shape));
  }
  for (StringRef text : values) {
    auto [name, path] = text.split('=');
    auto file = llvm::MemoryBuffer::getFile(path);
    if (!file) {
      llvm::errs() << "error: --value: cannot open '" << path
                   << "': " << file.getError().message() << "\n";
      return 1;
    }
    options.constants[name] = (*file)->getBuffer().str();
  }
  if (batch.getNumOccurrences())
    options.batch = batch;
  if (check && failed(coppice::checkONNX(input, &context)))
    return 1;
  FailureOr<OwningOpRef<ModuleOp>> module =
      coppice::importONNX(input, options, &context);
  if (failed(module))
    return 1;
  if (!exported.empty())
    return failed(exportParameters(**module, input, exported));
  std::string message;
  std::unique_ptr<llvm::ToolOutputFile> file = openOutputFile(output, &message);
  if (!file) {
    llvm::errs() << "error: " << message << "\n";
    return 1;
  }
  (*module)->print(file->os());
  file->keep();
  return 0;
}
