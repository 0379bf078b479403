//===- Conversions.h - Structured ops that only change a format -*- C++ -*-===//
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
  /// To more bits, of at most 32: readers do it as they load.
  bool widens;
  /// To fewer bits.
  bool narrows;

  /// The element of the source that becomes 0; none where it isn't known.
  mlir::TypedAttr getZero() const;
};

/// `op` as a conversion, if it is one.
std::optional<FormatConversion> matchConversion(mlir::Operation *op);

/// The same of an op that may also keep the number of bits: what it does to
/// converted elements is a part of the conversion.
std::optional<FormatConversion> matchRescaling(mlir::Operation *op);

/// Whether `op` keeps the format and bounds the elements.
bool isClamp(mlir::Operation *op);

/// The conversion `of`, where its source is `source` instead, of another shape:
/// dimension d of the old source is `map`'s result d over the new loops.
mlir::Value rebuildConversion(mlir::OpBuilder &builder,
                              const FormatConversion &of, mlir::Value source,
                              mlir::AffineMap map);

} // namespace coppice::kernels

#endif // COPPICE_LIB_KERNELS_CONVERSIONS_H
