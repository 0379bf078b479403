//===- CodesInterface.h - Ops on codes --------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_INTERFACES_CODESINTERFACE_H
#define COPPICE_DIALECTS_LOWP_INTERFACES_CODESINTERFACE_H

#include "mlir/IR/OpDefinition.h"

#include <optional>
#include <utility>

namespace coppice::lowp {

/// The kind of computation that a layer on codes is.
enum class IntegerForm {
  none,
  /// Sums of products: convolution, matrix product.
  products,
  /// Sums: mean, average pooling.
  sum,
  /// Rows through an exponential: softmax and its logarithm.
  softmax,
  normalize,
  /// Weighted means of neighbours: linear resize.
  interpolation,
  /// Moves codes or picks among them, in one format: reshape, concatenation,
  /// maxima, nearest resize.
  move,
  /// Takes codes as they are, in their own format: gather, expand.
  gather,
  elementwise
};

/// The elementwise functions that fixed point computes. Any other function of
/// one byte is a table.
enum class FixedPointFunction {
  add,
  sub,
  mul,
  min,
  max,
  where,
  relu,
  neg,
  abs,
  leakyRelu,
  clip
};

/// Where the results of an op lie, relative to its operands. A result inside
/// the range of its operands, in the same codes, is never clamped.
enum class ResultRange {
  /// Anywhere.
  open,
  /// Between operands.
  operands,
  /// Between operands and 0.
  operandsAndZero
};

/// Trait of ops whose form on codes does not depend on their attributes. It
/// implements the methods of `CodesOpInterface`.
template <IntegerForm form, ResultRange range, FixedPointFunction... function>
struct OnCodes {
  template <typename ConcreteOp>
  class Impl : public mlir::OpTrait::TraitBase<ConcreteOp, Impl> {
  public:
    IntegerForm getIntegerForm() { return form; }
    ResultRange getResultRange() { return range; }
    std::optional<FixedPointFunction> getFixedPointFunction() {
      std::optional<FixedPointFunction> result;
      ((result = function), ...);
      return result;
    }
  };
};

} // namespace coppice::lowp

#include "dialects/LowP/Interfaces/CodesInterface.h.inc"

#endif // COPPICE_DIALECTS_LOWP_INTERFACES_CODESINTERFACE_H
