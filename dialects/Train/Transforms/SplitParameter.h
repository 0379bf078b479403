//===- SplitParameter.h - A trained and a frozen slice ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_SPLITPARAMETER_H
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_SPLITPARAMETER_H

#include "dialects/Train/IR/Train.h"
#include "mlir/IR/BuiltinOps.h"

namespace coppice::train {

/// A partly trained parameter @w is kept as two: the channels that steps train
/// (@w.trained, in RAM) and the rest (@w.frozen, in flash). Both carry
/// `train.slice_of = @w's name`, `train.slice_axis` and `train.slice_indices`.
struct SplitParameter {
  ParameterOp trained, frozen;
};

/// Splits `parameter`, which stays until `replaceSplitReads`. Returns its
/// slices if it is already split in the same way. Fails with a diagnostic if
/// two steps train different channels.
mlir::FailureOr<SplitParameter> splitParameter(mlir::ModuleOp module,
                                               ParameterOp parameter,
                                               UpdateSchemeAttr update);

/// Replaces every read of a split parameter by a concatenation of its slices,
/// and erases the parameter.
mlir::LogicalResult replaceSplitReads(mlir::ModuleOp module);

/// Creates a constant tensor of i64.
mlir::Value createIndices(mlir::OpBuilder &builder, mlir::Location loc,
                          llvm::ArrayRef<int64_t> indices);

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_SPLITPARAMETER_H
