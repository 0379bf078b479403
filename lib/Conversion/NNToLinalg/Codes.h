//===- Codes.h - Codes and real values in scalar code -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The type of a code has its scale and zero point; after conversion, codes are
// signless integers. These classes write the arithmetic between the two, in
// double precision and without contraction, so that every target computes the
// same bits.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_CONVERSION_NNTOLINALG_CODES_H
#define COPPICE_LIB_CONVERSION_NNTOLINALG_CODES_H

#include "dialects/LowP/IR/LowP.h"
#include "dialects/LowP/IR/Requantize.h"
#include "lib/Conversion/NNToLinalg/LinalgBuilder.h"

namespace coppice {

/// A constant of a body: a number, or one for each index of an axis, which the
/// body then reads from a table.
class PerChannel {
public:
  PerChannel() = default;
  explicit PerChannel(llvm::ArrayRef<double> values) : values(values) {}
  explicit PerChannel(llvm::ArrayRef<int64_t> integers, mlir::Type type)
      : integers(integers), type(type) {}

  /// Adds the table, if there is one, to a generic's inputs; loop `axis`
  /// indexes it.
  void bind(LinalgBuilder &b, llvm::SmallVectorImpl<mlir::Value> &inputs,
            llvm::SmallVectorImpl<mlir::AffineMap> &maps, unsigned loops,
            mlir::AffineExpr axis);
  /// Returns the number in a body whose inputs are `args`.
  mlir::Value get(mlir::OpBuilder &b, mlir::Location loc,
                  mlir::ValueRange args) const;
  /// Whether every number is `value`.
  bool isAll(double value) const;

private:
  llvm::SmallVector<double> values;
  llvm::SmallVector<int64_t> integers;
  mlir::Type type;
  int position = -1;
};

/// Reads and writes the codes of one quantized tensor in a generic's body.
class CodeFormat {
public:
  explicit CodeFormat(mlir::quant::QuantizedType type);

  /// Adds the tables of a type with scales along an axis to a generic's inputs.
  /// `map` is the generic's indexing map of the tensor.
  void bind(LinalgBuilder &b, llvm::SmallVectorImpl<mlir::Value> &inputs,
            llvm::SmallVectorImpl<mlir::AffineMap> &maps, mlir::AffineMap map);

  /// code - zero point, as i32; codes of 32 bits as f64.
  mlir::Value centred(mlir::OpBuilder &b, mlir::Location loc, mlir::Value code,
                      mlir::ValueRange args) const;
  /// Returns the real value of `code`, as f64.
  mlir::Value toReal(mlir::OpBuilder &b, mlir::Location loc, mlir::Value code,
                     mlir::ValueRange args) const;
  /// Returns the code of an f64: its quotient by the scale, rounded half to
  /// even and saturated. With `mayBeNaN`, NaN becomes the code of 0.
  mlir::Value toCode(mlir::OpBuilder &b, mlir::Location loc, mlir::Value real,
                     mlir::ValueRange args, bool mayBeNaN = false) const;
  /// Returns the code of an i32 in units of the scale: adds the zero point and
  /// saturates. For codes of fewer than 32 bits.
  mlir::Value fromInteger(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::Value integer, mlir::ValueRange args) const;

  mlir::IntegerType getStorage() const { return storage; }

private:
  mlir::Type integerType() const;

  mlir::quant::QuantizedType type;
  mlir::IntegerType storage;
  /// The bounds of code - zero point, as f64 and as integers.
  PerChannel scale, zeroPoint, low, high, lowInteger, highInteger;
  int64_t axis;
  bool hasZeroPoint;
};

/// Converts `x` to f64.
mlir::Value toDouble(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);

/// Returns the code of the real number `value`, which must be equal for every
/// channel.
int64_t codeOf(mlir::quant::QuantizedType type, double value);

/// Returns the integer with the bits of `code` in `storage`.
mlir::Value storedCode(LinalgBuilder &b, mlir::Type storage, int64_t code);

/// Converts codes of `from` to codes of `to`, both per tensor or of the same
/// type.
mlir::Value convertCodes(LinalgBuilder &b, mlir::Value codes, mlir::Type from,
                         mlir::Type to, lowp::Requantize mode);

/// Whether `convertCodes` can convert them.
bool areConvertible(mlir::Type from, mlir::Type to);

/// Removes the fast-math flags that allow contraction or reordering from a
/// block.
void makeStrict(mlir::Operation *op);

} // namespace coppice

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_CODES_H
