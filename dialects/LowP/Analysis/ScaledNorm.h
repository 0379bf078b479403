//===- ScaledNorm.h - Layer norms with scale and shift ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_ANALYSIS_SCALEDNORM_H
#define COPPICE_DIALECTS_LOWP_ANALYSIS_SCALEDNORM_H

#include "dialects/LowP/IR/LowP.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"

namespace coppice::lowp {

/// Ops that become one `lowp.layer_norm`: dequantized bytes are normalized over
/// the last axis, scaled and shifted by frozen numbers, and quantized.
struct ScaledNorm {
  mlir::Value codes;
  nn::NormalizeOp norm;
  /// One number for each index of the last axis.
  std::vector<double> gamma, beta;
  /// The ops that compute the norm alone, the normalize first.
  llvm::SmallVector<mlir::Operation *, 3> ops;
  QuantizeOp end;

  using IsFrozen = llvm::function_ref<bool(train::ReadOp)>;
  /// Returns the norm that `end` quantizes. nullopt if there is none. nullopt
  /// with a reason in `why` if it has no form on codes.
  static std::optional<ScaledNorm> find(QuantizeOp end, IsFrozen isFrozen,
                                        std::string &why);
};

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_ANALYSIS_SCALEDNORM_H
