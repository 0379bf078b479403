//===- Interpreter.h - Interprets functions on tensors ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Runs a function of nn, lowp and train ops value by value: floats in double
// precision without rounding in between, integers and codes exactly. It shares
// no code with the compiler's lowering.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REFERENCE_INTERPRETER_H
#define COPPICE_LIB_REFERENCE_INTERPRETER_H

#include "lib/Reference/Tensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace coppice::reference {

/// Values of parameters by symbol.
using Parameters = llvm::StringMap<ReferenceTensor>;

/// The rounding that a run adds to exact arithmetic.
struct InterpreterOptions {
  /// With a seed, every float that its type does not hold exactly is moved by a
  /// few units in the last place, up or down at random. The distance between
  /// the results of several seeds estimates the effect of rounding.
  std::optional<uint64_t> perturbation;
};

/// Runs `function`. A parameter that is not in `parameters` has its initial
/// value. Parameters that the function writes are in `parameters` afterwards.
/// Fails with the name of an op that the interpreter does not know.
llvm::Expected<std::vector<ReferenceTensor>>
interpret(mlir::func::FuncOp function, llvm::ArrayRef<ReferenceTensor> inputs,
          Parameters &parameters, const InterpreterOptions &options = {});

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_INTERPRETER_H
