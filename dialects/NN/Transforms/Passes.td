//===- Passes.td - Passes of the nn dialect ----------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_TRANSFORMS_PASSES_TD
#define COPPICE_DIALECTS_NN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def NNBoundInputs : Pass<"nn-bound-inputs", "::mlir::func::FuncOp"> {
  let summary = "Attach bounds to arguments that are indices";
  let description = [{
    An integer argument that a `nn.gather` indexes with, directly or through ops
    that move elements, must be inside the gathered axis. The attribute
    `nn.index_bounds` holds the least and the largest value that every such use
    allows. The C interface of a checked library tests them.

    ```mlir
    func.func @infer(%ids: tensor<1x8xi64>, %table: tensor<100x4xf32>) -> tensor<1x8x4xf32> {
      %y = nn.gather %table, %ids {axis = 0 : i64} : (tensor<100x4xf32>, tensor<1x8xi64>) -> tensor<1x8x4xf32>
      return %y : tensor<1x8x4xf32>
    }
    ```
    gives `%ids` the attribute `nn.index_bounds = array<i64: -100, 99>`.

    Precondition: nn level, tensors. Postcondition: only attributes have
    changed. Indices that the model computes have no bounds.
  }];
}

def NNConvertFloat : Pass<"nn-convert-float", "::mlir::ModuleOp"> {
  let summary = "Replace one float type by another in a whole module";
  let description = [{
    Replaces one float type by another in all values, constants, parameters and
    signatures. Constants are rounded to nearest even. Gradient checks convert a
    model to f64, because a difference quotient loses half of the digits.

    ```mlir
    func.func @infer(%x: tensor<4xf32>) -> tensor<4xf32> {
      %c = arith.constant dense<0.5> : tensor<f32>
      %y = nn.mul %x, %c : tensor<4xf32>, tensor<f32>
      return %y : tensor<4xf32>
    }
    ```
    becomes
    ```mlir
    func.func @infer(%x: tensor<4xf64>) -> tensor<4xf64> {
      %c = arith.constant dense<0.5> : tensor<f64>
      %y = nn.mul %x, %c : tensor<4xf64>, tensor<f64>
      return %y : tensor<4xf64>
    }
    ```

    Precondition: nn level, tensors. Postcondition: no tensor of type `from`.
    A constant whose data is missing is an error.
  }];
  let options = [
    Option<"from", "from", "std::string", "\"f32\"",
           "the type that is replaced: f64, f32, f16 or bf16">,
    Option<"to", "to", "std::string", "\"f64\"", "the type that replaces it">
  ];
}

def NNPropagateLayout : Pass<"nn-propagate-layout"> {
  let summary = "Move transposes toward the results until they cancel";
  let description = [{
    Front ends put a transpose before and behind every op whose layout differs
    from the file's. This pass moves each transpose down through elementwise,
    reduction, normalisation, softmax, pad, slice, concat, resize and reshape
    ops until it meets its inverse, and both are folded away. Small operands (a
    bias, a parameter) are transposed the other way instead. A swap of the last
    two axes becomes a flag of `nn.matmul`.

    ```mlir
    %a = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32>
    %b = nn.relu %a : tensor<1x4x8x8xf32>
    %c = nn.transpose %b {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x8x8xf32>) -> tensor<1x8x8x4xf32>
    ```
    becomes
    ```mlir
    %c = nn.relu %x : tensor<1x8x8x4xf32>
    ```

    Precondition: nn level, static shapes. `--canonicalize` may have run: this
    pass also moves transposes through the reshapes that canonicalization makes
    of transposes which move no element. Postcondition: the function computes
    the same values; a transpose remains only at the function's inputs and
    results, and where elements must move (a flatten of an NCHW image).
    Transposes that still move after `max-iterations` rounds are an error that
    names the op.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect"];
  let options = [
    Option<"maxIterations", "max-iterations", "int64_t", "10",
           "rounds over the function before it is an error">
  ];
}

def NNScaleFactors : Pass<"nn-scale-factors", "::mlir::func::FuncOp"> {
  let summary = "Multiply a factor by the scales of the codes beside it";
  let description = [{
    The scales of codes along an axis that is summed over cannot be moved out of
    the sum. This pass multiplies the float operand by them (`nn.mul`), which
    the kernel that produces that operand can do, and the codes keep one scale
    of 1. Products are computed in the type of sums, f32 for narrower floats.

    ```mlir
    %dx = nn.conv2d_input_grad %dy, %w : (tensor<1x4x4x2xf32>, tensor<1x1x3x2x!quant.uniform<i8:f32:3, {0.5, 0.25}>>) -> tensor<1x4x4x3xf32>
    ```
    becomes
    ```mlir
    %s = arith.constant dense<[[[[0.5, 0.25]]]]> : tensor<1x1x1x2xf32>
    %scaled = nn.mul %dy, %s : tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>
    %codes = quant.scast %w : tensor<1x1x3x2x!quant.uniform<i8:f32:3, {0.5, 0.25}>> to tensor<1x1x3x2xi8>
    %integers = quant.scast %codes : tensor<1x1x3x2xi8> to tensor<1x1x3x2x!quant.uniform<i8:f32, 1.0>>
    %dx = nn.conv2d_input_grad %scaled, %integers : (tensor<1x4x4x2xf32>, tensor<1x1x3x2x!quant.uniform<i8:f32, 1.0>>) -> tensor<1x4x4x3xf32>
    ```

    Precondition: nn level, tensors. Postcondition: in a product with floats, no
    codes have scales along an axis that is summed over.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::quant::QuantDialect"];
}

def NNFoldConstants : Pass<"nn-fold-constants", "::mlir::ModuleOp"> {
  let summary = "Fold ops on small constants, and transposes of parameters";
  let description = [{
    An elementwise, reducing or moving op on constants of at most 4096 elements
    becomes a constant. A parameter that no function writes and that all readers
    transpose the same way is stored in that order; `layout` maps the stored
    axes to the file's.

    ```mlir
    train.parameter @w : tensor<2x3xf32> = dense_resource<w> : tensor<2x3xf32> {external_name = "w"}
    ...
    %0 = train.read @w : tensor<2x3xf32>
    %1 = nn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
    ```
    becomes
    ```mlir
    train.parameter @w : tensor<3x2xf32> = dense_resource<w_1> : tensor<3x2xf32> {external_name = "w", layout = array<i64: 1, 0>}
    ...
    %1 = train.read @w : tensor<3x2xf32>
    ```

    Precondition: nn level, before a step is built, because an optimizer slot
    gets its type from the parameter. Postcondition: the functions compute the
    same values.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

def NNFoldBatchNorm : Pass<"nn-fold-batch-norm", "::mlir::ModuleOp"> {
  let summary = "Fold frozen scales and shifts into the layer before them";
  let description = [{
    Ops that scale and shift the channels of a convolution, a transposed
    convolution or a matrix product become part of its weight and bias, if no
    other op uses the results in between. An inference batch norm is an
    `nn.sub`, an `nn.mul` and an `nn.add`; a bias or a Gemm's alpha is one op.
    Numbers are computed in f64 and rounded once.

    ```mlir
    %w = train.read @w : tensor<3x3x8x16xf32>
    %0 = nn.conv2d %x, %w : (tensor<1x8x8x8xf32>, tensor<3x3x8x16xf32>) -> tensor<1x6x6x16xf32>
    %1 = nn.sub %0, %mean : tensor<1x6x6x16xf32>, tensor<16xf32>
    %2 = nn.mul %1, %factor : tensor<1x6x6x16xf32>, tensor<16xf32>
    %3 = nn.add %2, %beta : tensor<1x6x6x16xf32>, tensor<16xf32>
    ```
    becomes
    ```mlir
    %w = train.read @w.folded : tensor<3x3x8x16xf32>
    %b = train.read @w.shift : tensor<16xf32>
    %3 = nn.conv2d %x, %w, %b : (tensor<1x8x8x8xf32>, tensor<3x3x8x16xf32>, tensor<16xf32>) -> tensor<1x6x6x16xf32>
    ```

    Only parameters that no function of the module writes and no
    `train.gradient` names are folded. The folded parameters have no name in the
    model's file, so a trained value could not be saved in it.

    Precondition: nn level, NHWC, and no step is added later; gradients are
    still requests. Postcondition: the functions compute the same values up to
    rounding; parameters without a reader are erased.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::coppice::train::TrainDialect"];
}

#endif // COPPICE_DIALECTS_NN_TRANSFORMS_PASSES_TD
