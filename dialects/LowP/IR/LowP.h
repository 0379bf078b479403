//===- LowP.h - Number formats ----------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_IR_LOWP_H
#define COPPICE_DIALECTS_LOWP_IR_LOWP_H

#include "dialects/LowP/Interfaces/CodesInterface.h"
#include "dialects/LowP/Interfaces/RandomInterface.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"
#include "dialects/Train/Interfaces/GradientInterface.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/LowP/IR/LowPOpsDialect.h.inc"
#include "dialects/LowP/IR/LowPOpsEnums.h.inc"

namespace coppice::lowp {

/// Returns the element type of a tensor of `!quant.uniform` (per tensor or per
/// axis); null for any other type.
mlir::quant::QuantizedType getQuantizedType(mlir::Type type);
inline bool isQuantizedTensor(mlir::Type type) {
  return bool(getQuantizedType(type));
}

/// Returns the tensor of signless integers that holds a quantized tensor's
/// codes. Any other type is returned unchanged.
mlir::Type getStorageTensor(mlir::Type type);
/// Returns the tensor of `element` with the shape of `type`.
mlir::RankedTensorType withElement(mlir::Type type, mlir::Type element);
/// Returns the tensor of real values, of the expressed type, that a quantized
/// tensor stands for. Any other type is returned unchanged.
mlir::Type getRealTensor(mlir::Type type);

/// Returns a type of the same scales and zero points with other storage:
/// `i8<-10:127>`, `i16`.
mlir::quant::QuantizedType withStorage(mlir::quant::QuantizedType type,
                                       unsigned bits, bool isSigned,
                                       int64_t min, int64_t max);

/// Returns the element type of the slices at `indices` of `axis` of a tensor. A
/// type with a scale for each index keeps the scales of those.
mlir::quant::QuantizedType takeIndices(mlir::quant::QuantizedType type,
                                       int64_t axis,
                                       llvm::ArrayRef<int64_t> indices);

/// One scale and zero point, or one per index along `axis`.
struct Scales {
  llvm::SmallVector<double> scales;
  llvm::SmallVector<int64_t> zeroPoints;
  /// The axis of the scales; -1 for one scale.
  int64_t axis = -1;
};
Scales getScales(mlir::quant::QuantizedType type);

/// Returns the codes of a constant minus their zero point, times the scale if
/// `scaled`, in row-major order. `type` is the quantized tensor that holds
/// them. nullopt if the data is missing.
std::optional<std::vector<double>>
readCodes(mlir::ElementsAttr codes, mlir::RankedTensorType type, bool scaled);

/// Whether `actual` may be the result type if shape inference gives `inferred`:
/// the types are equal, or both are quantized with one shape. Inference cannot
/// know the scale of a layer's output.
bool areCompatible(mlir::TypeRange inferred, mlir::TypeRange actual);

/// Returns the bytes of a mask for `elements` elements.
inline int64_t getMaskBytes(int64_t elements) { return (elements + 7) / 8; }
/// Returns the shape in which kernels read `elements` that have a mask: rows of
/// the elements of one byte if there are only whole bytes.
llvm::SmallVector<int64_t> getMaskRows(int64_t elements);

} // namespace coppice::lowp

#define GET_OP_CLASSES
#include "dialects/LowP/IR/LowPOps.h.inc"

namespace coppice::lowp {

/// Whether `op` converts reals to codes or back.
inline bool isConversion(mlir::Operation *op) {
  return llvm::isa<QuantizeOp, DequantizeOp>(op);
}

} // namespace coppice::lowp

#endif // COPPICE_DIALECTS_LOWP_IR_LOWP_H
