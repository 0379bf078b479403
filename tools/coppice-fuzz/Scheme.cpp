//===- Scheme.cpp - Fuzzes the reader of YAML schemes -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/Scheme.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "tools/coppice-fuzz/InputFile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static coppice::fuzz::InputFile file("yaml");
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  int errors = 0;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &) {
    ++errors;
    return mlir::success();
  });
  bool failed = mlir::failed(coppice::train::loadScheme(
      mlir::UnknownLoc::get(&context), file.write(data, size)));
  // A failure must have a diagnostic.
  if (failed && !errors)
    __builtin_trap();
  return 0;
}
