//===- InputUseInterface.h - What ops ask of inputs -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_INTERFACES_INPUTUSEINTERFACE_H
#define COPPICE_DIALECTS_NN_INTERFACES_INPUTUSEINTERFACE_H

#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Value.h"

#include <optional>

namespace coppice::nn {

/// The least and the largest value of an index.
struct IndexBounds {
  int64_t low, high;
};

using BoundsOf = llvm::function_ref<std::optional<IndexBounds>(mlir::Value)>;
using ChannelAxisOf = llvm::function_ref<std::optional<int64_t>(mlir::Value)>;

} // namespace coppice::nn

#include "dialects/NN/Interfaces/InputUseInterface.h.inc"

namespace coppice::nn {

/// The operand that `op` forwards; null where it computes.
mlir::OpOperand *getForwarded(mlir::Operation *op);

/// The operand that `op` forwards in another order or shape, or in floats of
/// another width; null of other ops.
mlir::OpOperand *getMoved(mlir::Operation *op);

/// The only operand whose elements the result has; null where there is none, or
/// where there are several.
mlir::OpOperand *getOnlyKept(mlir::Operation *op);

/// The axis of `operand`, which its op forwards, that axis `axis` of the result
/// is; nullopt where a reshape forms that one from others.
std::optional<int64_t> getForwardedAxis(mlir::OpOperand &operand, int64_t axis);

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_INTERFACES_INPUTUSEINTERFACE_H
