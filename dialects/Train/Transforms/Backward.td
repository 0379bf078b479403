//===- Backward.td - Passes of the backward graph ----------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_BACKWARD_TD
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_BACKWARD_TD

include "mlir/Pass/PassBase.td"

def TrainAutodiff : Pass<"train-autodiff", "::mlir::func::FuncOp"> {
  let summary = "Expand gradient requests to backward graphs";
  let description = [{
    Replaces every `train.gradient` by ops that compute it: activity analysis,
    then one reverse walk over ops that implement GradientOpInterface.
    Contributions of several users are added; only gradients that a request
    depends on are built; a tensor that the loss does not depend on has gradient
    0. Backward ops have location `"gradient"(<location of the forward op>)`.

    Where the function's `train.approximate` names `hard-swish`, the gradient of
    `nn.hard_swish`, also of a product of x and `nn.hard_sigmoid` of x, passes
    where x > 0; results of the function that are gradients with such a rule in
    them get the attribute `train.approximate_gradient`.

    ```mlir
    %y = nn.mul %x, %w : tensor<2xf32>, tensor<2xf32>
    %loss = nn.reduce sum %y {axes = array<i64: 0>} : (tensor<2xf32>) -> tensor<f32>
    %dw = train.gradient %loss wrt %w : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
    ```
    becomes, after canonicalization,
    ```mlir
    %dy = nn.expand %one : tensor<1xf32> -> tensor<2xf32>
    %dw = nn.mul %dy, %x : tensor<2xf32>, tensor<2xf32>
    ```

    Precondition: the function has one block. Postcondition: no
    `train.gradient`. It is an error, listing all of them, if ops between the
    loss and the tensors have no gradient rule.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect"];
}

def TrainPackMasks : Pass<"train-pack-masks", "::mlir::func::FuncOp"> {
  let summary = "Save one bit per element for the gradients of rectifiers";
  let description = [{
    The gradient of a rectifier asks of each element of its result whether it
    lies within a range. Where nothing else of the backward pass reads the
    result, a mask of one bit an element is saved in its place; the gradient has
    the same bits. Where the backward pass dequantizes the codes of a layer only
    to compare them, the mask is made of the codes.

    ```mlir
    %y = nn.relu %x : tensor<1x8x8x16xf32>
    …
    %positive = nn.compare gt %y, %zero : tensor<1x8x8x16xf32>, tensor<f32>
    %dx = nn.where %positive, %dy, %zero : tensor<1x8x8x16xi1>, tensor<1x8x8x16xf32>, tensor<f32>
    ```
    becomes
    ```mlir
    %y = nn.relu %x : tensor<1x8x8x16xf32>
    %mask = lowp.range_mask %y {low = 0.0, high = 0x7FF0000000000000 : f64} : tensor<1x8x8x16xf32> -> tensor<128xi8>
    …
    %dx = lowp.select_by_mask %dy, %mask : tensor<1x8x8x16xf32>, tensor<128xi8>
    ```

    Precondition: `--train-autodiff` has run. Postcondition: the same values.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect"];
}

def TrainStoreGradients : Pass<"train-store-gradients", "::mlir::func::FuncOp"> {
  let summary = "Store gradients of activations in a narrower format";
  let description = [{
    In a function with `train.gradient_format`, every gradient of an activation
    that a kernel stores is converted, and its readers convert it back: to f32,
    in which all arithmetic is. What a kernel keeps in registers for the next op,
    and gradients of parameters, stay f32.

    | format | stored as |
    |---|---|
    | `bf16` | bfloat16, rounded half to even |
    | `f16` | half precision, rounded half to even; what overflows becomes ±65504 |
    | `int8` | `lowp.encode`: codes with one scale for each channel (index of the last axis), max of the magnitudes / 127; rounded stochastically by the count of calls, or to `nearest` |

    ```mlir
    %dx = nn.conv2d_input_grad %dy, %w {train.activation_gradient} : …
    %z = lowp.select_by_mask %dx, %mask : tensor<1x4x4x8xf32>, tensor<16xi8>
    ```
    becomes
    ```mlir
    %dx = nn.conv2d_input_grad %dy, %w : …
    %s = nn.cast %dx : tensor<1x4x4x8xf32> to tensor<1x4x4x8xbf16>
    %0 = lowp.select_by_mask %s, %mask : tensor<1x4x4x8xbf16>, tensor<16xi8>
    %z = nn.cast %0 : tensor<1x4x4x8xbf16> to tensor<1x4x4x8xf32>
    ```

    Precondition: `--train-autodiff`, which marks gradients of activations, has
    just run. Postcondition: neither mark nor format is left on the function.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::coppice::lowp::LowPDialect",
                           "::coppice::train::TrainDialect"];
  let options = [
    Option<"nearest", "nearest", "bool", "false",
           "codes are rounded to the nearest, half to even">
  ];
}

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_BACKWARD_TD
