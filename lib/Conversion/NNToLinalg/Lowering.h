//===- Lowering.h - Patterns from nn to linalg ------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_CONVERSION_NNTOLINALG_LOWERING_H
#define COPPICE_LIB_CONVERSION_NNTOLINALG_LOWERING_H

#include "dialects/NN/IR/Geometry.h"
#include "lib/Conversion/NNToLinalg/Codes.h"
#include "lib/Conversion/NNToLinalg/LinalgBuilder.h"
#include "mlir/Transforms/DialectConversion.h"

namespace coppice {

/// Whether an operand or a result is a quantized tensor.
bool hasCodes(mlir::Operation *op);

/// A pattern that replaces an op of one result by the value that a function
/// builds. Operands have signless types; the op keeps its own types. Layers on
/// codes have patterns of their own.
template <typename OpT> struct Lowering : mlir::OpConversionPattern<OpT> {
  using Function = mlir::Value (*)(LinalgBuilder &, OpT, typename OpT::Adaptor);
  Lowering(const mlir::TypeConverter &converter, mlir::MLIRContext *context,
           Function function)
      : mlir::OpConversionPattern<OpT>(converter, context), function(function) {
  }
  mlir::LogicalResult
  matchAndRewrite(OpT op, typename OpT::Adaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    if (llvm::isa_and_nonnull<nn::NNDialect>(op->getDialect()) && hasCodes(op))
      return rewriter.notifyMatchFailure(op, "a layer on codes");
    LinalgBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, function(b, op, adaptor));
    return mlir::success();
  }
  Function function;
};

/// Returns why the function of an op cannot run on codes as on integers; empty
/// if it can, because the op only moves or compares elements.
llvm::StringRef whyNotOnCodes(mlir::Operation *op);

/// Whether the result holds elements of several operands, or of one and zeros.
bool joinsCodes(mlir::Operation *op);

/// A `Lowering` that runs on codes, and converts operands whose type differs.
template <typename OpT> struct CodeLowering : Lowering<OpT> {
  using Lowering<OpT>::Lowering;
  mlir::LogicalResult
  matchAndRewrite(OpT op, typename OpT::Adaptor adaptor,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    if (llvm::StringRef why = whyNotOnCodes(op); !why.empty())
      return rewriter.notifyMatchFailure(op, why);
    LinalgBuilder b(op.getLoc(), rewriter);
    mlir::Type to = op.getType(), from = op->getOperand(0).getType();
    lowp::Requantize mode = lowp::getRequantize(op);
    llvm::SmallVector<mlir::Value> operands(adaptor.getOperands());
    // The codes of a result that holds more than one operand's have one format.
    if (joinsCodes(op)) {
      for (auto [operand, type] : llvm::zip(operands, op->getOperandTypes()))
        if (lowp::isQuantizedTensor(type) && areConvertible(type, to))
          operand = convertCodes(b, operand, type, to, mode);
      from = to;
    }
    mlir::Value result =
        this->function(b, op, typename OpT::Adaptor(operands, op));
    rewriter.replaceOp(op, areConvertible(from, to)
                               ? convertCodes(b, result, from, to, mode)
                               : result);
    return mlir::success();
  }
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

/// Adds `Lowering`s that run on codes too.
template <typename... OpT>
void addCodeLowerings(mlir::RewritePatternSet &patterns,
                      const mlir::TypeConverter &converter,
                      mlir::Value (*...functions)(LinalgBuilder &, OpT,
                                                  typename OpT::Adaptor)) {
  addLowerings(patterns, converter, functions...);
  (patterns.add<CodeLowering<OpT>>(converter, patterns.getContext(), functions),
   ...);
}

/// Creates a `parallel` generic; returns null if the body does, because the op
/// is not defined on the type.
mlir::Value parallelIfDefined(LinalgBuilder &b, llvm::ArrayRef<int64_t> shape,
                              mlir::Type element, mlir::ValueRange inputs,
                              llvm::ArrayRef<mlir::AffineMap> maps,
                              LinalgBuilder::Body body);

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

// Number formats.
void populateQuantizeLowering(mlir::RewritePatternSet &patterns,
                              const mlir::TypeConverter &converter);
void populateMaskLowering(mlir::RewritePatternSet &patterns,
                          const mlir::TypeConverter &converter);
void populateRoundingLowering(mlir::RewritePatternSet &patterns,
                              const mlir::TypeConverter &converter);
void populateFakeQuantizeLowering(mlir::RewritePatternSet &patterns,
                                  const mlir::TypeConverter &converter);

// Layers on codes.
void populateQuantizedElementwiseLowering(mlir::RewritePatternSet &patterns,
                                          const mlir::TypeConverter &converter);
void populateQuantizedContractionLowering(mlir::RewritePatternSet &patterns,
                                          const mlir::TypeConverter &converter);
void populateQuantizedReductionLowering(mlir::RewritePatternSet &patterns,
                                        const mlir::TypeConverter &converter);
void populateQuantizedNormalizeLowering(mlir::RewritePatternSet &patterns,
                                        const mlir::TypeConverter &converter);
/// Sums of products of codes and floats.
void populateCodeFactorLowering(mlir::RewritePatternSet &patterns,
                                const mlir::TypeConverter &converter);
/// Any other layer: the op on real numbers between two conversions.
void populateRealArithmeticLowering(mlir::RewritePatternSet &patterns,
                                    const mlir::TypeConverter &converter);

/// Reports why a layer on codes cannot be computed.
mlir::LogicalResult verifyIntegerLayer(mlir::Operation *op);

/// Returns the sums of a convolution, without its bias; `padding` surrounds the
/// image.
mlir::Value convolve(LinalgBuilder &b, nn::Conv2DOp op, mlir::Value x,
                     mlir::Value w, mlir::Value padding,
                     const CodeProduct *codes);
/// Returns the sums of a convolution's gradient with respect to its input.
mlir::Value convolveBack(LinalgBuilder &b, nn::Conv2DInputGradOp op,
                         mlir::Value dy, mlir::Value w,
                         const CodeProduct *codes);
/// Returns the sums of a convolution's gradient with respect to its weight;
/// `padding` surrounds the image.
mlir::Value correlate(LinalgBuilder &b, nn::Conv2DWeightGradOp op,
                      mlir::Value x, mlir::Value dy, mlir::Value padding,
                      const CodeProduct *codes);
/// Returns the sums of a matrix product, without its bias.
mlir::Value multiplyMatrices(LinalgBuilder &b, nn::MatMulOp op, mlir::Value lhs,
                             mlir::Value rhs, const CodeProduct *codes);

/// Folds the windows of `x`, which needs no more padding, from `init`. The
/// channel is the innermost loop, inside of the window.
mlir::Value foldWindows(LinalgBuilder &b, mlir::Value x, mlir::Value init,
                        llvm::ArrayRef<int64_t> shape,
                        llvm::ArrayRef<int64_t> kernel,
                        llvm::ArrayRef<int64_t> strides,
                        llvm::ArrayRef<int64_t> dilations,
                        LinalgBuilder::Body body);

/// Adds rows and columns around NHWC images: [top, left, bottom, right].
mlir::Value padSpatial(LinalgBuilder &b, mlir::Value input,
                       llvm::ArrayRef<int64_t> pads, mlir::Value value);

/// Spreads the rows and columns of `dy` among zeros.
mlir::Value spreadSpatial(LinalgBuilder &b, mlir::Value dy,
                          const nn::SpatialSpread &spread);

} // namespace coppice

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_LOWERING_H
