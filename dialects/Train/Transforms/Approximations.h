//===- Approximations.h - Backward passes that save memory ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_APPROXIMATIONS_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_APPROXIMATIONS_H

#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Interfaces/GradientInterface.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/SetVector.h"

namespace coppice::train {

/// A backward pass that computes less than the gradient because less is then
/// saved. It is taken where a step names it. Those there are follow Chiang et
/// al., "MobileTL: On-device Transfer Learning with Inverted Residual Blocks",
/// AAAI 2023. Unused functions are null.
struct Approximation {
  using Parameters = llvm::SmallSetVector<train::ParameterOp, 8>;

  llvm::StringLiteral name;
  /// For --help and messages: what the backward pass does, and what an op or a
  /// parameter of this kind is called.
  llvm::StringLiteral summary, subject;

  /// Whether it takes the place of the op's gradient rule.
  bool (*replacesRule)(mlir::Operation &op);
  /// The rule: as GradientOpInterface::buildGradient, but a gradient that is
  /// left null does not flow. `onCopy`: `op` is the copy on real values of a
  /// quantized layer (see RealLayer.h), so that reading its result recomputes
  /// it.
  void (*buildGradient)(train::GradientContext &ctx, mlir::Operation &op,
                        bool onCopy,
                        llvm::ArrayRef<mlir::Value> resultGradients,
                        llvm::MutableArrayRef<mlir::Value> operandGradients);

  /// Finds the parameters of a step that it does not train.
  void (*findUntrained)(mlir::Block &block, Parameters &parameters);
};

/// All that there are.
llvm::ArrayRef<Approximation> getApproximations();

/// Their names, in the same order.
llvm::SmallVector<llvm::StringRef> getApproximationNames();

/// Makes the backward pass of `function` take `names`. Fails with a diagnostic
/// where one is unknown.
mlir::LogicalResult setApproximations(mlir::FunctionOpInterface function,
                                      llvm::ArrayRef<std::string> names);

/// What the backward pass of `function` takes. Fails with a diagnostic where
/// the attribute is not as `setApproximations` writes it.
mlir::FailureOr<llvm::SmallVector<const Approximation *>>
readApproximations(mlir::FunctionOpInterface function);

/// Reports that a model has nothing for an approximation to do.
mlir::LogicalResult reportUnused(mlir::Location loc,
                                 const Approximation &approximation);

/// Warns that an update trains nothing that an approximation is about.
void warnUntrained(mlir::Location loc, const Approximation &approximation);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_APPROXIMATIONS_H
