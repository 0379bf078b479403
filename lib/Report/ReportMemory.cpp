//===- ReportMemory.cpp - A memory report as a pass -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Report.h"
#include "lib/Report/Passes.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/ToolOutputFile.h"

namespace coppice {
#define GEN_PASS_DEF_REPORTMEMORY
#include "lib/Report/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

namespace {
struct ReportMemory : coppice::impl::ReportMemoryBase<ReportMemory> {
  using ReportMemoryBase::ReportMemoryBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    MemoryReport report;
    collect(getOperation(), report);
    std::string text = llvm::formatv("{0:2}\n", toJSON(report)).str();
    if (failed(write(json, text)) || failed(write(html, toHTML(report))))
      signalPassFailure();
  }

  LogicalResult write(StringRef path, StringRef text) {
    if (path.empty())
      return success();
    std::error_code error;
    llvm::ToolOutputFile file(path, error, llvm::sys::fs::OF_Text);
    if (error)
      return emitError(getOperation().getLoc())
             << "cannot write '" << path << "': " << error.message();
    file.os() << text;
    file.keep();
    return success();
  }
};
} // namespace
