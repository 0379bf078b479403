//===- Codes.h - Codes and real values in scalar code -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What a code means is in its type; a conversion gives signless integers. These
// classes write the arithmetic between them, in double precision and without
// contraction, so that every target computes the same bits.
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

  /// Adds the table, if one is needed, to a generic's inputs; `axis` is the
  /// loop that it is indexed by.
  void bind(LinalgBuilder &b, llvm::SmallVectorImpl<mlir::Value> &inputs,
            llvm::SmallVectorImpl<mlir::AffineMap> &maps, unsigned loops,
            mlir::AffineExpr axis);
  /// The number in a body whose inputs are `args`.
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

  /// Adds the tables of a type with scales along an axis to a generic's inputs;
  /// `map` is how the generic indexes the tensor.
  void bind(LinalgBuilder &b, llvm::SmallVectorImpl<mlir::Value> &inputs,
            llvm::SmallVectorImpl<mlir::AffineMap> &maps, mlir::AffineMap map);

  /// code - zero point, as i32; codes of 32 bits as f64.
  mlir::Value centred(mlir::OpBuilder &b, mlir::Location loc, mlir::Value code,
                      mlir::ValueRange args) const;
  /// The f64 that `code` stands for.
  mlir::Value toReal(mlir::OpBuilder &b, mlir::Location loc, mlir::Value code,
                     mlir::ValueRange args) const;
  /// The code of an f64: its quotient by the scale is rounded half to even and
  /// saturated. NaN stands for 0 where `mayBeNaN`.
  mlir::Value toCode(mlir::OpBuilder &b, mlir::Location loc, mlir::Value real,
                     mlir::ValueRange args, bool mayBeNaN = false) const;
  /// The code of an i32 that counts scales: zero point added, saturated. For
  /// codes of less than 32 bits.
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

/// `x` in f64.
mlir::Value toDouble(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);

/// The code of the real number `value`, which must be that of every channel.
int64_t codeOf(mlir::quant::QuantizedType type, double value);

/// The integer whose bits are those of `code` in `storage`.
mlir::Value storedCode(LinalgBuilder &b, mlir::Type storage, int64_t code);

/// Codes of `from` as codes of `to`, both per tensor or the same type.
mlir::Value convertCodes(LinalgBuilder &b, mlir::Value codes, mlir::Type from,
                         mlir::Type to, lowp::Requantize mode);

/// Whether `convertCodes` can.
bool areConvertible(mlir::Type from, mlir::Type to);

/// Takes the licence to contract or reorder from the arithmetic of a block.
void makeStrict(mlir::Operation *op);

} // namespace coppice

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_CODES_H
