//===- FloatOps.h - What of a function computes with floats -----*- C++ -*-===//
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

/// Which ops of a function, after the quant phase, compute with floats: not
/// those that become tables or layer norms on codes later.
class FloatOps {
public:
  /// With `trained`, a step trains the function's parameters, so that no number
  /// of theirs can be in the code.
  FloatOps(mlir::func::FuncOp function, bool trained);

  bool computesWithFloats(mlir::Operation *op) const;
  /// Whether the op is part of a layer norm on codes.
  bool isFused(mlir::Operation *op) const { return fused.contains(op); }
  /// Whether the op is part of a table or of a layer norm on codes.
  bool isPartOfLayer(mlir::Operation *op) const { return onCodes.contains(op); }
  /// Why an op that computes with floats does.
  std::string getReason(mlir::Operation *op) const;

private:
  llvm::DenseSet<mlir::Operation *> onCodes, fused;
  llvm::DenseMap<mlir::Operation *, std::string> norms;
};

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_ANALYSIS_FLOATOPS_H
