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

/// An approximation replaces a gradient by one that needs fewer saved values. A
/// step takes it if it names it. The approximations here follow Chiang et al.,
/// "MobileTL: On-device Transfer Learning with Inverted Residual Blocks", AAAI
/// 2023. Hooks that an approximation does not use are null.
struct Approximation {
  using Parameters = llvm::SmallSetVector<train::ParameterOp, 8>;

  llvm::StringLiteral name;
  /// Text for --help and messages: what the backward pass does, and the kind of
  /// op or parameter that is approximated.
  llvm::StringLiteral summary, subject;

  /// Whether the approximation takes the place of the gradient rule of `op`.
  bool (*replacesRule)(mlir::Operation &op);
  /// The rule, in place of GradientOpInterface::buildGradient. No gradient
  /// flows where it leaves one null. If `onCopy`, `op` is the copy on real
  /// values of a quantized layer (see RealLayer.h), and reading its result
  /// recomputes it.
  void (*buildGradient)(train::GradientContext &ctx, mlir::Operation &op,
                        bool onCopy,
                        llvm::ArrayRef<mlir::Value> resultGradients,
                        llvm::MutableArrayRef<mlir::Value> operandGradients);

  /// Finds the parameters of a step that the approximation does not train.
  void (*findUntrained)(mlir::Block &block, Parameters &parameters);
};

/// Returns all approximations.
llvm::ArrayRef<Approximation> getApproximations();

/// Returns the names of all approximations, in the same order.
llvm::SmallVector<llvm::StringRef> getApproximationNames();

/// Makes the backward pass of `function` take the approximations `names`. Fails
/// with a diagnostic if a name is unknown.
mlir::LogicalResult setApproximations(mlir::FunctionOpInterface function,
                                      llvm::ArrayRef<std::string> names);

/// Returns the approximations that the backward pass of `function` takes. Fails
/// with a diagnostic if the attribute is not an array of known names.
mlir::FailureOr<llvm::SmallVector<const Approximation *>>
readApproximations(mlir::FunctionOpInterface function);

/// Reports that a model has no op or parameter that the approximation applies
/// to.
mlir::LogicalResult reportUnused(mlir::Location loc,
                                 const Approximation &approximation);

/// Warns that an update trains no parameter that the approximation applies to.
void warnUntrained(mlir::Location loc, const Approximation &approximation);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_APPROXIMATIONS_H
