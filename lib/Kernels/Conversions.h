//===- Conversions.h - Ops that only change a number format -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_CONVERSIONS_H
#define COPPICE_LIB_KERNELS_CONVERSIONS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace coppice::kernels {

/// An elementwise op that writes each element of one operand, its source, in
/// another format: cast, dequantized, scaled by a constant or by a number for
/// each channel, clamped.
struct FormatConversion {
  mlir::linalg::GenericOp op;
  mlir::OpOperand *source;
  /// Whether it converts to more bits, 32 at most. Consumers then do it as they
  /// load.
  bool widens;
  /// Whether it converts to fewer bits.
  bool narrows;

  /// Whether it converts integers, or floats of fewer bits, to floats.
  bool becomesWiderFloat() const;
  /// Whether it converts to more bits, of integers or floats.
  bool becomesWider() const;
  /// Returns the element of the source that becomes 0; null if it is not known.
  mlir::TypedAttr getZero() const;
};

/// Matches `op` as a conversion.
std::optional<FormatConversion> matchConversion(mlir::Operation *op);

/// Matches `op` as a conversion that may also keep the number of bits. Further
/// ops on converted elements are part of the conversion.
std::optional<FormatConversion> matchRescaling(mlir::Operation *op);

/// Whether `op` keeps the format and bounds the elements.
bool isClamp(mlir::Operation *op);

/// Rebuilds the conversion `of` for the source `source`, which has another
/// shape: dimension d of the old source is result d of `map` over the new
/// loops.
mlir::Value rebuildConversion(mlir::OpBuilder &builder,
                              const FormatConversion &of, mlir::Value source,
                              mlir::AffineMap map);

/// Whether `op` is a reshape that adds or removes axes of one element alone: no
/// copy is needed even if what it reshapes is a part of a larger buffer.
bool changesUnitAxes(mlir::Operation *op);

} // namespace coppice::kernels

#endif // COPPICE_LIB_KERNELS_CONVERSIONS_H
