//===- StepBuilder.h - A function that computes a loss ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_STEPBUILDER_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_STEPBUILDER_H

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Coppice/IR/Names.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Losses.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace coppice::train {

/// A copy of an inference function that also takes labels and computes a loss.
/// It returns (loss, outputs); further ops go before `terminator`.
struct LossFunction {
  mlir::func::FuncOp function;
  mlir::func::ReturnOp terminator;
  mlir::Value loss;
  /// One read per weight that the loss depends on, in order.
  llvm::SmallVector<ReadOp> weights;
  /// Parameters that the loss depends on without a slope.
  llvm::SmallVector<ParameterOp> flat;
  /// Those of `weights` that the loss also depends on without a slope.
  llvm::SmallVector<ParameterOp> partlyFlat;
  /// The gradient request, with one result per weight.
  GradientOp gradient;
};

/// Makes `@name` from `@from`. Fails with a diagnostic.
mlir::FailureOr<LossFunction>
buildLossFunction(mlir::ModuleOp module, llvm::StringRef from,
                  llvm::StringRef name, train::LossKind loss, int64_t output);

/// Returns the parameter that `read` reads.
ParameterOp getParameter(ReadOp read);

/// Returns the parameter `@name`, made with value 0 if the module has none.
/// Fails with a diagnostic if it has another type or role.
mlir::FailureOr<ParameterOp>
getOrCreateZeroParameter(mlir::ModuleOp module, mlir::Location loc,
                         llvm::StringRef name, mlir::RankedTensorType type,
                         ParameterRole role);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_STEPBUILDER_H
