//===- FunctionCheck.h - Gradients of single functions -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_FUNCTIONCHECK_H
#define COPPICE_LIB_RUNTIME_FUNCTIONCHECK_H

#include "lib/Runtime/Gradcheck.h"

namespace coppice::runtime {

/// Checks the gradients of every function in the .mlir file `path` with respect
/// to each of its float arguments. Inputs are drawn between the function's
/// `gradcheck.low` and `gradcheck.high`. The name of a report is the function's
/// name, `#` and the argument's number.
llvm::Expected<std::vector<GradientReport>>
checkFunctions(llvm::StringRef path, int64_t samples, uint64_t seed);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_FUNCTIONCHECK_H
