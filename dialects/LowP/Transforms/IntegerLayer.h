//===- IntegerLayer.h - Which ops have an integer form ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_TRANSFORMS_INTEGERLAYER_H
#define COPPICE_DIALECTS_LOWP_TRANSFORMS_INTEGERLAYER_H

#include "mlir/IR/Operation.h"

namespace coppice::lowp {

/// Why `op`, an op on real values, cannot become one on codes; empty where it
/// can. Looks at the op and at where its operands come from, not at its users.
std::string whyNotInteger(mlir::Operation *op);

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_TRANSFORMS_INTEGERLAYER_H
