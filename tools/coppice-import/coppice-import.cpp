//===- coppice-import.cpp - A model file becomes MLIR -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/InitAll.h"
#include "coppice/ONNX.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
namespace cl = llvm::cl;

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::opt<std::string> input(cl::Positional, cl::Required,
                             cl::desc("<model.onnx>"));
  cl::opt<std::string> output("o", cl::desc("where the module goes"),
                              cl::value_desc("file"), cl::init("-"));
  cl::list<std::string> shapes("shape", cl::desc("shape of an input"),
                               cl::value_desc("NAME=1x3x32x32"));
  cl::opt<int64_t> batch("batch", cl::desc("leading extent of every input"));
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
  if (batch.getNumOccurrences())
    options.batch = batch;
  FailureOr<OwningOpRef<ModuleOp>> module =
      coppice::importONNX(input, options, &context);
  if (failed(module))
    return 1;
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
