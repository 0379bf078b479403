//===- ByteFunction.h - Elementwise functions of one byte -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_ANALYSIS_BYTEFUNCTION_H
#define COPPICE_DIALECTS_LOWP_ANALYSIS_BYTEFUNCTION_H

#include "dialects/LowP/IR/LowP.h"
#include "llvm/ADT/SetVector.h"

namespace coppice::lowp {

/// Elementwise ops between one dequantize of bytes and a quantize. They compute
/// a function of 256 values.
struct ByteFunction {
  /// The bytes that the function reads.
  mlir::TypedValue<mlir::RankedTensorType> codes;
  /// The dequantizes and elementwise ops, operands first.
  llvm::SetVector<mlir::Operation *> ops;
  QuantizeOp end;

  /// Returns the function whose result `end` quantizes. nullopt if it reads
  /// other values than bytes and constants, or is one op that has a form on
  /// codes.
  static std::optional<ByteFunction> find(QuantizeOp end);

  /// Computes the code of the result for each of the 256 bytes, in the order of
  /// their bits, in double precision. Null if an op cannot be evaluated.
  mlir::DenseElementsAttr tabulate();
};

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_ANALYSIS_BYTEFUNCTION_H
