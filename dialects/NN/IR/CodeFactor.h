//===- CodeFactor.h - Codes as a factor of floats ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_CODEFACTOR_H
#define COPPICE_DIALECTS_NN_IR_CODEFACTOR_H

#include "dialects/LowP/IR/LowP.h"

namespace coppice::nn {

/// An operand of a sum of products that is codes while the other operand is
/// floats. The sum runs over codes minus their zero point. The scales multiply
/// the result of the sum, or the other operand if they lie along an axis that
/// is summed over.
struct CodeFactor {
  unsigned operand;
  int64_t zeroPoint;
  bool isUnsigned;
  /// One scale, or one for each index along `axis`.
  llvm::SmallVector<double> scales;
  /// Whether the scales multiply the float operand; else they multiply the
  /// result.
  bool scalesOther;
  /// The axis of the multiplied tensor that the scales lie along; -1 for one
  /// scale.
  int64_t axis;
};

/// Describes operand `operand` of a convolution's gradient or of a matrix
/// product as codes of `type`. nullopt if zero points differ along an axis, if
/// the scales can neither leave the sum nor multiply the other operand, or if a
/// code has more digits than an f32.
std::optional<CodeFactor> getCodeFactor(mlir::Operation *op, unsigned operand,
                                        mlir::quant::QuantizedType type);

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_IR_CODEFACTOR_H
