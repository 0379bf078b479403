//===- InsertFakeQuant.h - What the pass is told ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_TRANSFORMS_INSERTFAKEQUANT_H
#define COPPICE_DIALECTS_LOWP_TRANSFORMS_INSERTFAKEQUANT_H

#include "mlir/Support/LLVM.h"

namespace coppice::lowp {

/// On an argument, a result or a parameter of floats: the range (two f64) that
/// its codes shall cover, and how many bits they have.
inline constexpr llvm::StringLiteral kRangeAttr = "lowp.range";
inline constexpr llvm::StringLiteral kBitsAttr = "lowp.bits";
/// Beside them a unit: the range is the operator's by definition, and the scale
/// is not learned.
inline constexpr llvm::StringLiteral kFixedAttr = "lowp.fixed";
/// On a result that is there for its range alone, a unit.
inline constexpr llvm::StringLiteral kInnerAttr = "lowp.inner";

/// What the parameter of a learned scale is called beside its tensor, unless
/// the model has that name.
inline constexpr llvm::StringLiteral kScaleSuffix = "_scale";
/// On such a parameter: its tensor's name.
inline constexpr llvm::StringLiteral kScaleOfAttr = "lowp.scale_of";

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_TRANSFORMS_INSERTFAKEQUANT_H
