//===- Passes.td - nn to linalg ----------------------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_CONVERSION_NNTOLINALG_PASSES_TD
#define COPPICE_LIB_CONVERSION_NNTOLINALG_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertNNToLinalg : Pass<"convert-nn-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Convert nn and lowp ops to linalg ops";
  let description = [{
    Every layer becomes `linalg.generic` on tensors. A contraction (convolution,
    matrix product and their gradients) is one generic whose innermost parallel
    loop runs over the contiguous channels; bias and activation are elementwise
    generics, which are fused later. Padding is a fill and an insertion. Splat
    constants become scalars in the bodies. Unsigned integer types become
    signless ones everywhere, including function signatures.

    The input gradient of a convolution of stride s is s·s convolutions of
    stride 1, one for each phase of the result, so that no product with an
    inserted zero is computed. Images keep their four axes, because one with a
    border would have to be copied to become a matrix.

    ```mlir
    %y = nn.relu %x : tensor<4xf32>
    // becomes
    %init = tensor.empty() : tensor<4xf32>
    %y = linalg.generic {indexing_maps = [#id, #id],
                         iterator_types = ["parallel"]}
        ins(%x : tensor<4xf32>) outs(%init : tensor<4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %zero = arith.constant 0.0 : f32
      %max = arith.maximumf %in, %zero : f32
      linalg.yield %max : f32
    } -> tensor<4xf32>
    ```

    A quantized tensor becomes the signless integers that store its codes. A
    layer on codes computes the op on real numbers, in double precision and
    without contraction, so that every target gets the same codes. Convolution
    and matrix product sum (x - zx)(w - zw) in i32 from zero, and rescale the
    sum once, by the module's `lowp.requantize`: "exact" (the default),
    round((sum sx sw + bias sb) / sy) half to even, or "tflite", TensorFlow
    Lite's 31-bit multiplier and shift. Means are integer sums. A function of
    one byte is a table of 256 codes that the compiler computes. Ops that move
    or compare elements run on codes. Any other op runs in f64 between two
    conversions.

    Precondition: no request or update is left (`train.gradient`,
    `train.update`), and no sum of products of codes may leave 32 bits.
    Postcondition: no nn or lowp op, no unsigned or quantized type.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_PASSES_TD
