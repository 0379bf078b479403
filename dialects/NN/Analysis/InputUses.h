//===- InputUses.h - Requirements of a value's users ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_ANALYSIS_INPUTUSES_H
#define COPPICE_DIALECTS_NN_ANALYSIS_INPUTUSES_H

#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace coppice::nn {

/// The least and the largest value of an index.
struct IndexBounds {
  int64_t low, high;
};

using BoundsOf = llvm::function_ref<std::optional<IndexBounds>(mlir::Value)>;
using ChannelAxisOf = llvm::function_ref<std::optional<int64_t>(mlir::Value)>;

} // namespace coppice::nn

#include "dialects/NN/Analysis/InputUseInterface.h.inc"

namespace coppice::nn {

/// The attribute of an argument that holds its bounds: `array<i64: low, high>`.
inline constexpr llvm::StringLiteral kIndexBoundsAttr = "nn.index_bounds";

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
