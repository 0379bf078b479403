//===- LowP.h - Number formats ----------------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_IR_LOWP_H
#define COPPICE_DIALECTS_LOWP_IR_LOWP_H

#include "dialects/LowP/Interfaces/CodesInterface.h"
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

/// The element type of a tensor of `!quant.uniform` (per tensor or per axis);
/// null for any other type.
mlir::quant::QuantizedType getQuantizedType(mlir::Type type);
inline bool isQuantizedTensor(mlir::Type type) {
  return bool(getQuantizedType(type));
}

/// The tensor of signless integers that holds a quantized tensor's codes; any
/// other type is returned as it is.
mlir::Type getStorageTensor(mlir::Type type);
/// The tensor of `element` with the shape of `type`.
mlir::RankedTensorType withElement(mlir::Type type, mlir::Type element);
/// The tensor of real values that a quantized tensor stands for, of the
/// expressed type; any other type is returned as it is.
mlir::Type getRealTensor(mlir::Type type);

/// The same scales and zero points with other storage: `i8<-10:127>`, `i16`.
mlir::quant::QuantizedType withStorage(mlir::quant::QuantizedType type,
                                       unsigned bits, bool isSigned,
                                       int64_t min, int64_t max);

/// The type of the slices at `indices` of `axis` of a tensor: per axis, the
/// scales of those.
mlir::quant::QuantizedType takeIndices(mlir::quant::QuantizedType type,
                                       int64_t axis,
                                       llvm::ArrayRef<int64_t> indices);

/// One scale and zero point, or one per index along `axis`.
struct Scales {
  llvm::SmallVector<double> scales;
  llvm::SmallVector<int64_t> zeroPoints;
  /// -1 where one scale serves all.
  int64_t axis = -1;
};
Scales getScales(mlir::quant::QuantizedType type);

/// The codes of a constant without their zero point, times the scale if
/// `scaled`, in row-major order; `type` is the quantized tensor that they are.
/// nullopt where the data is missing.
std::optional<std::vector<double>>
readCodes(mlir::ElementsAttr codes, mlir::RankedTensorType type, bool scaled);

/// Whether `actual` may stand where shape inference, which cannot know a
/// layer's output scale, expects `inferred`: the same type, or both quantized
/// with one shape.
bool areCompatible(mlir::TypeRange inferred, mlir::TypeRange actual);

/// Bytes of a mask for `elements` elements.
inline int64_t getMaskBytes(int64_t elements) { return (elements + 7) / 8; }

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
