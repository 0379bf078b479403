//===- Lowering.h - Patterns from nn to linalg ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_CONVERSION_NNTOLINALG_LOWERING_H
#define COPPICE_LIB_CONVERSION_NNTOLINALG_LOWERING_H

#include "dialects/NN/IR/Geometry.h"
#include "lib/Conversion/NNToLinalg/LinalgBuilder.h"
#include "mlir/Transforms/DialectConversion.h"

namespace coppice {

/// A pattern that replaces an op of one result by the value that a function
/// builds. Operands come with signless types; the op keeps its own.
template <typename OpT> struct Lowering : mlir::OpConversionPattern<OpT> {
  using Function = mlir::Value (*)(LinalgBuilder &, OpT, typename OpT::Adaptor);
  Lowering(const mlir::TypeConverter &converter, mlir::MLIRContext *context,
           Function function)
      : mlir::OpConversionPattern<OpT>(converter, context), function(function) {
  }
  mlir::LogicalResult
  matchAndRewrite(OpT op, typename OpT::Adaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, function(b, op, adaptor));
    return mlir::success();
  }
  Function function;
};

/// Adds `Lowering`s, one for each function.
template <typename... OpT>
void addLowerings(mlir::RewritePatternSet &patterns,
                  const mlir::TypeConverter &converter,
                  mlir::Value (*...functions)(LinalgBuilder &, OpT,
                                              typename OpT::Adaptor)) {
  (patterns.add<Lowering<OpT>>(converter, patterns.getContext(), functions),
   ...);
}

// One function for each file of patterns.
void populateElementwiseLowering(mlir::RewritePatternSet &patterns,
                                 const mlir::TypeConverter &converter);
void populateContractionLowering(mlir::RewritePatternSet &patterns,
                                 const mlir::TypeConverter &converter);
void populatePoolLowering(mlir::RewritePatternSet &patterns,
                          const mlir::TypeConverter &converter);
void populateReductionLowering(mlir::RewritePatternSet &patterns,
                               const mlir::TypeConverter &converter);
void populateShapeLowering(mlir::RewritePatternSet &patterns,
                           const mlir::TypeConverter &converter);
void populateIndexedLowering(mlir::RewritePatternSet &patterns,
                             const mlir::TypeConverter &converter);
void populateResizeLowering(mlir::RewritePatternSet &patterns,
                            const mlir::TypeConverter &converter);
void populateDropoutLowering(mlir::RewritePatternSet &patterns,
                             const mlir::TypeConverter &converter);

/// Rows and columns around NHWC images: [top, left, bottom, right].
mlir::Value padSpatial(LinalgBuilder &b, mlir::Value input,
                       llvm::ArrayRef<int64_t> pads, mlir::Value value);

/// Merges borders of the same content around the same value: bufferization puts
/// a value into one border, and copies it into every other.
void shareBorders(mlir::Operation *root);

/// Zeros with the rows and columns of `dy` spread among them.
mlir::Value spreadSpatial(LinalgBuilder &b, mlir::Value dy,
                          const nn::SpatialSpread &spread);

} // namespace coppice

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_LOWERING_H
