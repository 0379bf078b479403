//===- Inference.h - Result types that follow from operands -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_INFERENCE_H
#define COPPICE_DIALECTS_NN_IR_INFERENCE_H

#include "mlir/Interfaces/InferTypeOpInterface.h"

namespace coppice::nn::detail {

/// Whether the results of `op` have the types that inference gives. A verifier
/// begins with it where it counts on attributes that inference has accepted,
/// such as an axis: upstream infers after the verifier.
mlir::LogicalResult verifyInferredTypes(mlir::InferTypeOpInterface op);

} // namespace coppice::nn::detail

#endif // COPPICE_DIALECTS_NN_IR_INFERENCE_H
