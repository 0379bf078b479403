//===- Codes.h - Codes of the reference and their values --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REFERENCE_CODES_H
#define COPPICE_LIB_REFERENCE_CODES_H

#include "dialects/LowP/IR/LowP.h"
#include "lib/Reference/Tensor.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/ArrayRef.h"

namespace coppice::reference {

/// Returns the index along `axis` of element i; 0 if `axis` is -1.
int64_t alongAxis(llvm::ArrayRef<int64_t> shape, int64_t axis, int64_t i);

/// Returns the real values of `codes` of this type.
ReferenceTensor decode(llvm::ArrayRef<int64_t> shape,
                       llvm::ArrayRef<int64_t> codes,
                       mlir::quant::QuantizedType type);

/// Returns round(real / scale) + zero, half to even, saturated. NaN counts as
/// 0.
int64_t encode(double real, double scale, int64_t zero,
               mlir::quant::QuantizedType type);
/// Encodes every element.
std::vector<int64_t> encode(const ReferenceTensor &x,
                            mlir::quant::QuantizedType type);

/// Encodes every element with the quotient in the precision of the scale, as
/// for a float tensor.
std::vector<int64_t> encodeFloats(const ReferenceTensor &x,
                                  mlir::quant::QuantizedType type);

/// Returns the value of a constant of this tensor type, which may be quantized;
/// unknown if its data is missing.
ReferenceTensor readConstant(mlir::ElementsAttr elements, mlir::Type type);

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_CODES_H
