//===- PrintModule.h - Prints modules with short lines ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_PRINTMODULE_H
#define COPPICE_LIB_SUPPORT_PRINTMODULE_H

#include "mlir/IR/BuiltinOps.h"

namespace coppice {

/// Prints `module` as MLIR does, with line breaks in the lists of functions,
/// returns and attribute aliases. A training step has an argument and a result
/// for each parameter, and MLIR prints all of them in one line. The parser
/// reads the text to the same module.
void printModule(llvm::raw_ostream &os, mlir::ModuleOp module,
                 const mlir::OpPrintingFlags &flags = {});

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_PRINTMODULE_H
