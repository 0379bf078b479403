//===- FloatOps.h - Finds ops that compute with floats ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_ANALYSIS_FLOATOPS_H
#define COPPICE_DIALECTS_LOWP_ANALYSIS_FLOATOPS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace coppice::lowp {

/// Finds the ops of a function that compute with floats after the quant phase.
/// Ops that later become tables or layer norms on codes do not count.
class FloatOps {
public:
  /// With `trained`, a step trains the function's parameters, so the code
  /// cannot contain their values.
  FloatOps(mlir::func::FuncOp function, bool trained);

  bool computesWithFloats(mlir::Operation *op) const;
  /// Whether the op is part of a layer norm on codes.
  bool isFused(mlir::Operation *op) const { return fused.contains(op); }
  /// Whether the op is part of a table or of a layer norm on codes.
  bool isPartOfLayer(mlir::Operation *op) const { return onCodes.contains(op); }
  /// Returns the reason why `op` computes with floats.
  std::string getReason(mlir::Operation *op) const;

private:
  llvm::DenseSet<mlir::Operation *> onCodes, fused;
  llvm::DenseMap<mlir::Operation *, std::string> norms;
};

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_ANALYSIS_FLOATOPS_H
