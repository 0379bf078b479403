//===- NN.h - Layers as functions of tensors --------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_NN_H
#define COPPICE_DIALECTS_NN_IR_NN_H

#include "dialects/LowP/IR/LowP.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"
#include "dialects/Train/Interfaces/GradientInterface.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace coppice::nn {

/// An operand that may be the weight of a layer.
struct WeightOperand {
  mlir::OpOperand *operand;
  /// The axis of input channels. Where each output channel reads an input
  /// channel of its own, as in a depthwise convolution, that of output
  /// channels.
  int64_t channelAxis;
  /// The axis of output channels.
  int64_t outputAxis;
};

} // namespace coppice::nn

#include "dialects/NN/IR/NNInterfaces.h.inc"
#include "dialects/NN/IR/NNOpsDialect.h.inc"
#include "dialects/NN/IR/NNOpsEnums.h.inc"

namespace coppice::nn::detail {
/// Returns the operands with the type of the result.
void getAlikeOperands(mlir::Operation *op,
                      llvm::SmallVectorImpl<unsigned> &operands);
/// Creates an `nn.pad` of `image`.
mlir::Value createBorder(mlir::OpBuilder &builder, mlir::Value image,
                         const plan::Border &border);
} // namespace coppice::nn::detail

#define GET_OP_CLASSES
#include "dialects/NN/IR/NNOps.h.inc"

namespace coppice::nn {

/// Returns the NumPy broadcast of two static shapes; nullopt if they do not
/// fit.
std::optional<llvm::SmallVector<int64_t>>
broadcastShapes(llvm::ArrayRef<int64_t> lhs, llvm::ArrayRef<int64_t> rhs);

/// Returns the extent of a convolution or pooling result along one axis;
/// negative if the window does not fit.
int64_t windowOutputExtent(int64_t input, int64_t kernel, int64_t stride,
                           int64_t dilation, int64_t padLow, int64_t padHigh);

/// Creates a splat constant of type `type`, a tensor or a scalar. Integer
/// element types take the truncated value.
mlir::Value createSplat(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Type type, double value);

namespace detail {
/// Infers the type of an elementwise op: one element type, broadcast shapes.
mlir::LogicalResult inferElementwise(std::optional<mlir::Location> loc,
                                     mlir::TypeRange operands,
                                     llvm::SmallVectorImpl<mlir::Type> &result);
/// Whether tensors have one element type, or are all quantized. A layer
/// rescales, so the scales of its operands may differ.
bool haveOneFormat(mlir::TypeRange types);
/// Whether a gradient may sum products of tensors of these types: they have one
/// format, or some are codes and the others floats of one type.
bool areFactors(mlir::TypeRange types);
/// Whether a tensor's elements are unsigned: `ui8`, codes stored in it, or i1,
/// whose true is 1. Other signless integers are signed in `nn`.
bool isUnsigned(mlir::Type type);
} // namespace detail

} // namespace coppice::nn

#endif // COPPICE_DIALECTS_NN_IR_NN_H
