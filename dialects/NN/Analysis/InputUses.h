//===- InputUses.h - Requirements of a value's users ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_ANALYSIS_INPUTUSES_H
#define COPPICE_DIALECTS_NN_ANALYSIS_INPUTUSES_H

#include "dialects/NN/Interfaces/InputUseInterface.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace coppice::nn {

/// The requirements of all users of a value, direct users and users behind ops
/// that only move elements.
class InputUses {
public:
  std::optional<IndexBounds> getIndexBounds(mlir::Value value);
  std::optional<int64_t> getChannelAxis(mlir::Value value);

private:
  llvm::DenseMap<mlir::Value, std::optional<IndexBounds>> bounds;
  llvm::DenseMap<mlir::Value, std::optional<int64_t>> axes;
};

/// Attaches `InputUseOpInterface` to ops of `nn` and `lowp`.
void registerInputUseModels(mlir::DialectRegistry &registry);

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_ANALYSIS_INPUTUSES_H
