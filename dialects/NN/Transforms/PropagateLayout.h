//===- PropagateLayout.h - Moves transposes ---------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_TRANSFORMS_PROPAGATELAYOUT_H
#define COPPICE_DIALECTS_NN_TRANSFORMS_PROPAGATELAYOUT_H

#include "mlir/IR/PatternMatch.h"

namespace coppice::nn {

/// Adds the pattern that moves a transpose behind a reshape of its result.
void populateSinkThroughReshape(mlir::RewritePatternSet &patterns);

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_TRANSFORMS_PROPAGATELAYOUT_H
