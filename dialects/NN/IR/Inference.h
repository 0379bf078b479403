//===- Inference.h - Result types that follow from operands -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_INFERENCE_H
#define COPPICE_DIALECTS_NN_IR_INFERENCE_H

#include "mlir/Interfaces/InferTypeOpInterface.h"

namespace coppice::nn::detail {

/// Checks that the results of `op` have the types that inference gives.
/// Upstream infers types after the verifier, so a verifier that relies on
/// attributes which inference has accepted, such as an axis, calls this
/// function first.
mlir::LogicalResult verifyInferredTypes(mlir::InferTypeOpInterface op);

} // namespace coppice::nn::detail

#endif // COPPICE_DIALECTS_NN_IR_INFERENCE_H
