//===- InsertFakeQuant.h - Attributes that the pass reads -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_TRANSFORMS_INSERTFAKEQUANT_H
#define COPPICE_DIALECTS_LOWP_TRANSFORMS_INSERTFAKEQUANT_H

#include "mlir/Support/LLVM.h"

namespace coppice::lowp {

/// Attributes of an argument, a result or a parameter of floats: the range (two
/// f64) that its codes shall cover, and their bits.
inline constexpr llvm::StringLiteral kRangeAttr = "lowp.range";
inline constexpr llvm::StringLiteral kBitsAttr = "lowp.bits";
/// A unit attribute beside those: the operator defines the range, so the scale
/// is not learned.
inline constexpr llvm::StringLiteral kFixedAttr = "lowp.fixed";
/// A unit attribute of a result that the function returns only to carry a
/// range.
inline constexpr llvm::StringLiteral kInnerAttr = "lowp.inner";

/// The suffix of the parameter of a learned scale, behind the tensor's name,
/// unless the model has a tensor of that name.
inline constexpr llvm::StringLiteral kScaleSuffix = "_scale";
/// An attribute of that parameter: its tensor's name.
inline constexpr llvm::StringLiteral kScaleOfAttr = "lowp.scale_of";

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_TRANSFORMS_INSERTFAKEQUANT_H
