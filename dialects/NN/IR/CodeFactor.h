//===- CodeFactor.h - Codes as a factor of floats ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_CODEFACTOR_H
#define COPPICE_DIALECTS_NN_IR_CODEFACTOR_H

#include "dialects/LowP/IR/LowP.h"

namespace coppice::nn {

/// An operand of a sum of products that is codes where the other operand is
/// floats. The sum runs over codes minus their zero point; the scales multiply
/// either its result or, where they belong to what is summed over, the other
/// operand.
struct CodeFactor {
  unsigned operand;
  int64_t zeroPoint;
  bool isUnsigned;
  /// One, or one for each index along `axis`.
  llvm::SmallVector<double> scales;
  /// Whether the scales multiply the float operand; else the result.
  bool scalesOther;
  /// Of what is multiplied; -1 where one scale serves all.
  int64_t axis;
};

/// Operand `operand` of a convolution's gradient or of a matrix product, if it
/// were codes of `type`. nullopt where zero points differ along an axis, where
/// scales neither leave the sum nor go to the other operand, or where a code
/// has more digits than an f32.
std::optional<CodeFactor> getCodeFactor(mlir::Operation *op, unsigned operand,
                                        mlir::quant::QuantizedType type);

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_IR_CODEFACTOR_H
