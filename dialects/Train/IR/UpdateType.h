//===- UpdateType.h - The type of an optimizer step -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_IR_UPDATETYPE_H
#define COPPICE_DIALECTS_TRAIN_IR_UPDATETYPE_H

#include "mlir/IR/BuiltinTypes.h"

namespace coppice::train {

/// Returns the type of a parameter's gradient, slots and step in an update,
/// given the type of its real values. Narrower floats are updated in f32,
/// because an epsilon of 1e-8 is 0 in f16.
inline mlir::RankedTensorType getUpdateType(mlir::RankedTensorType real) {
  if (real.getElementTypeBitWidth() >= 32)
    return real;
  return mlir::RankedTensorType::get(real.getShape(),
                                     mlir::Float32Type::get(real.getContext()),
                                     real.getEncoding());
}

} // namespace coppice::train

#endif // COPPICE_DIALECTS_TRAIN_IR_UPDATETYPE_H
