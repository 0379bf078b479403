//===- State.h - The parameters that a test's functions share ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_TOOLS_COPPICE_RUN_STATE_H
#define COPPICE_TOOLS_COPPICE_RUN_STATE_H

#include "mlir/IR/BuiltinOps.h"

#include <vector>

namespace coppice {

/// Bytes with the alignment that generated code requires of the state.
struct alignas(64) StateLine {
  char bytes[64] = {};
};
using State = std::vector<StateLine>;

/// Creates the state of a module with the initial values of its parameters.
/// `--train-bind-state` must have placed them. Fails with a diagnostic.
mlir::FailureOr<State> createState(mlir::ModuleOp module);

} // namespace coppice

#endif // COPPICE_TOOLS_COPPICE_RUN_STATE_H
