//===- Codes.h - Codes of the reference and what they mean ------*- C++ -*-===//
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

/// The index along `axis` of element i; 0 where `axis` is -1.
int64_t alongAxis(llvm::ArrayRef<int64_t> shape, int64_t axis, int64_t i);

/// What `codes` of this type stand for.
ReferenceTensor decode(llvm::ArrayRef<int64_t> shape,
                       llvm::ArrayRef<int64_t> codes,
                       mlir::quant::QuantizedType type);

/// round(real / scale) + zero, half to even, saturated. NaN stands for 0.
int64_t encode(double real, double scale, int64_t zero,
               mlir::quant::QuantizedType type);
/// The same of every element.
std::vector<int64_t> encode(const ReferenceTensor &x,
                            mlir::quant::QuantizedType type);

/// The same where the quotient is computed in the precision of the scale, as
/// that of a float tensor is.
std::vector<int64_t> encodeFloats(const ReferenceTensor &x,
                                  mlir::quant::QuantizedType type);

/// The value of a constant of this tensor type, which may be quantized; not
/// known where its data is missing.
ReferenceTensor readConstant(mlir::ElementsAttr elements, mlir::Type type);

} // namespace coppice::reference

#endif // COPPICE_LIB_REFERENCE_CODES_H
