//===- FrozenValues.h - Values that no step changes -------------*- C++ -*-===//
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

/// Applies `combine` to each pair of elements; one vector may be a scalar.
/// nullopt if a vector is missing or the sizes differ.
std::optional<Reals> zip(const std::optional<Reals> &a,
                         const std::optional<Reals> &b,
                         llvm::function_ref<double(double, double)> combine);

/// A constant, or a parameter that no function of the module writes and no
/// gradient request names.
struct FrozenTensor {
  mlir::ElementsAttr value;
  /// Null for a constant.
  train::ParameterOp parameter;
};

/// Evaluates the frozen values of a module, and creates new ones from them.
class FrozenValues {
public:
  explicit FrozenValues(mlir::ModuleOp module);

  /// Returns the frozen tensor that `value` is, up to a reshape.
  std::optional<FrozenTensor> lookup(mlir::Value value);
  /// Returns the elements of a scalar or vector that is computed from frozen
  /// tensors.
  std::optional<Reals> evaluate(mlir::Value value, unsigned depth = 0);
  /// Creates a tensor with these elements: a parameter if `near` is one, else a
  /// constant. The parameter is named after `near`. Equal elements give the
  /// same parameter, so that functions that share a weight continue to share
  /// it.
  mlir::Value create(mlir::OpBuilder &builder, FrozenTensor near,
                     llvm::StringRef suffix, mlir::RankedTensorType type,
                     Reals values);

private:
  std::optional<Reals> evaluateOp(mlir::Operation *op, unsigned depth);

  mlir::SymbolTable symbols;
  llvm::StringSet<> isTrained;
  std::map<std::pair<std::string, Reals>, train::ParameterOp> created;
  /// The results of `evaluate`. They stay valid because rewrites do not erase
  /// ops on frozen tensors alone.
  llvm::DenseMap<mlir::Value, Reals> known;
};

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_TRANSFORMS_FROZENVALUES_H
