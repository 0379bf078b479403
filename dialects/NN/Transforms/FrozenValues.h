//===- FrozenValues.h - What no step of a module changes -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_TRANSFORMS_FROZENVALUES_H
#define COPPICE_DIALECTS_NN_TRANSFORMS_FROZENVALUES_H

#include "dialects/Train/IR/Train.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

#include <map>
#include <optional>
#include <vector>

namespace coppice::nn {

using Reals = std::vector<double>;

/// `combine` of each pair of elements, where one vector may be a scalar;
/// nullopt where one is missing or the sizes differ.
std::optional<Reals> zip(const std::optional<Reals> &a,
                         const std::optional<Reals> &b,
                         llvm::function_ref<double(double, double)> combine);

/// A constant, or a parameter that no function of the module writes or asks a
/// gradient of.
struct FrozenTensor {
  mlir::ElementsAttr value;
  /// Null for a constant.
  train::ParameterOp parameter;
};

/// The frozen values of a module, and new ones made of them.
class FrozenValues {
public:
  explicit FrozenValues(mlir::ModuleOp module);

  /// The frozen tensor that `value` is, up to a reshape.
  std::optional<FrozenTensor> lookup(mlir::Value value);
  /// The elements of a scalar or vector that is computed from frozen tensors.
  std::optional<Reals> evaluate(mlir::Value value, unsigned depth = 0);
  /// A tensor with these elements, of the same kind as `near`. A parameter is
  /// named after it, and the same one for the same elements: functions that
  /// read one weight should go on to.
  mlir::Value create(mlir::OpBuilder &builder, FrozenTensor near,
                     llvm::StringRef suffix, mlir::RankedTensorType type,
                     Reals values);

private:
  std::optional<Reals> evaluateOp(mlir::Operation *op, unsigned depth);

  mlir::SymbolTable symbols;
  llvm::StringSet<> isTrained;
  std::map<std::pair<std::string, Reals>, train::ParameterOp> created;
  /// What `evaluate` found. Rewrites do not erase what is computed from frozen
  /// tensors alone.
  llvm::DenseMap<mlir::Value, Reals> known;
};

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_TRANSFORMS_FROZENVALUES_H
