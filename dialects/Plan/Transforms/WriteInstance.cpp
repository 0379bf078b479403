//===- WriteInstance.cpp - Planning instances as files ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/WriteInstance.h"

#include "lib/Support/OutputFile.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;

LogicalResult coppice::plan::writeInstance(func::FuncOp function,
                                           StringRef folder,
                                           const llvm::json::Value &instance) {
  SmallString<128> path(folder);
  llvm::sys::path::append(path, function.getName() + ".json");
  std::string text = llvm::formatv("{0:2}\n", instance);
  if (llvm::Error error = writeFile(path, text))
    return function.emitOpError("cannot write its instance: ")
           << llvm::toString(std::move(error));
  return success();
}
