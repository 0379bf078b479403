//===- ByteFunction.h - Compositions of one byte ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_ANALYSIS_BYTEFUNCTION_H
#define COPPICE_DIALECTS_LOWP_ANALYSIS_BYTEFUNCTION_H

#include "dialects/LowP/IR/LowP.h"
#include "llvm/ADT/SetVector.h"

namespace coppice::lowp {

/// Elementwise ops between one dequantize of bytes and a quantize: whatever
/// they compute has 256 values.
struct ByteFunction {
  /// The bytes.
  mlir::TypedValue<mlir::RankedTensorType> codes;
  /// Dequantizes and elementwise ops, operands first.
  llvm::SetVector<mlir::Operation *> ops;
  QuantizeOp end;

  /// The function that `end` gives, or nothing where it reads other values than
  /// bytes and constants, or is one op that has a form on codes of its own.
  static std::optional<ByteFunction> find(QuantizeOp end);

  /// The codes of the result for the 256 of a byte, by its bits, in double
  /// precision; null where an op is not defined.
  mlir::DenseElementsAttr tabulate();
};

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_ANALYSIS_BYTEFUNCTION_H
