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
    then one reverse walk over ops that implement GradientOpInterface. The
    contributions of several users are added. Only gradients that a request
    depends on are built; a tensor that the loss does not depend on has gradient
    0. A value of the forward pass that a rule reads reaches the backward pass
    through one `train.saved`; parameters and constants are read directly. If
    the function has the attribute `train.gradient_format`, a policy, gradients
    of activations pass a `train.saved` with that policy.

    If the function's `train.approximate` names `hard-swish`, the gradient of
    `nn.hard_swish` passes where x > 0. The same rule holds for a product of x
    and `nn.hard_sigmoid` of x. Results of the function that are gradients built
    with such a rule get the attribute `train.approximate_gradient`.

    ```mlir
    %y = nn.mul %x, %w : tensor<2xf32>, tensor<2xf32>
    %loss = nn.reduce sum %y {axes = array<i64: 0>} : (tensor<2xf32>) -> tensor<f32>
    %dw = train.gradient %loss wrt %w : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
    ```
    becomes, after canonicalization,
    ```mlir
    %s = train.saved #train.keep %x : tensor<2xf32>
    %dy = nn.expand %one : tensor<1xf32> -> tensor<2xf32>
    %dw = nn.mul %dy, %s : tensor<2xf32>, tensor<2xf32>
    ```

    Precondition: the function has one block. Postcondition: no
    `train.gradient`, and the backward pass reads values of the forward pass
    through `train.saved` alone. Ops between the loss and the tensors that have
    no gradient rule are an error, which lists all of them.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect"];
}

def TrainPackMasks : Pass<"train-pack-masks", "::mlir::func::FuncOp"> {
  let summary = "Save one bit per element for the gradients of rectifiers";
  let description = [{
    The gradient of a rectifier needs one bit of each element of its result:
    whether the element lies within a range. If no other gradient reads the
    result, the policy of its `train.saved` becomes `#train.mask`; the gradient
    has the same bits as before. If the backward pass dequantizes the codes of a
    layer only to compare them, the mask is computed from the codes.

    ```mlir
    %y = nn.relu %x : tensor<1x8x8x16xf32>
    …
    %s = train.saved #train.keep %y : tensor<1x8x8x16xf32>
    %positive = nn.compare gt %s, %zero : tensor<1x8x8x16xf32>, tensor<f32>
    %dx = nn.where %positive, %dy, %zero : tensor<1x8x8x16xi1>, tensor<1x8x8x16xf32>, tensor<f32>
    ```
    becomes
    ```mlir
    %y = nn.relu %x : tensor<1x8x8x16xf32>
    …
    %mask = train.saved #train.mask<low = 0.0> %y : tensor<1x8x8x16xf32>
    %dx = lowp.select_by_mask %dy, %mask : tensor<1x8x8x16xf32>, tensor<128xi8>
    ```

    Precondition: `--train-autodiff` has run. Postcondition: the same values.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect",
                           "::coppice::train::TrainDialect"];
}

def TrainStoreGradients : Pass<"train-store-gradients", "::mlir::func::FuncOp"> {
  let summary = "Store gradients of activations in a narrower format";
  let description = [{
    `--train-autodiff` puts a gradient of an activation behind a `train.saved`
    with the policy `#train.narrow<…>`. If a kernel stores the gradient, this
    pass converts it to the narrow format, and its readers convert it back to
    f32, in which all arithmetic is done. A gradient that stays in registers for
    the next op is not converted, nor is the gradient of a parameter. An op that
    only moves elements moves the stored form.

    | format | stored as |
    |---|---|
    | `bf16` | bfloat16, rounded half to even |
    | `f16` | half precision, rounded half to even; what overflows becomes ±65504 |
    | `i8` | `lowp.encode`: codes with one scale for each channel (index of the last axis), max of the magnitudes / 127; rounded stochastically by the count of calls, or to `nearest` |

    ```mlir
    %dx = nn.conv2d_input_grad %dy, %w : …
    %g = train.saved #train.narrow<bf16> %dx : tensor<1x4x4x8xf32>
    %z = lowp.select_by_mask %g, %mask : tensor<1x4x4x8xf32>, tensor<16xi8>
    ```
    becomes
    ```mlir
    %dx = nn.conv2d_input_grad %dy, %w : …
    %s = nn.cast %dx : tensor<1x4x4x8xf32> to tensor<1x4x4x8xbf16>
    %0 = lowp.select_by_mask %s, %mask : tensor<1x4x4x8xbf16>, tensor<16xi8>
    %z = nn.cast %0 : tensor<1x4x4x8xbf16> to tensor<1x4x4x8xf32>
    ```

    Precondition: `--train-autodiff` has run. Postcondition: no policy
    `#train.narrow<…>` is left.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::coppice::lowp::LowPDialect",
                           "::coppice::train::TrainDialect"];
  let options = [
    Option<"nearest", "nearest", "bool", "false",
           "codes are rounded to the nearest, half to even">
  ];
}

def TrainLowerSaved : Pass<"train-lower-saved", "::mlir::func::FuncOp"> {
  let summary = "Replace edges to the backward pass by the values they hold";
  let description = [{
    The train phase decides on `train.saved` ops; planning needs the values that
    are held. A reader of a value with the policy `#train.keep` reads the value
    itself. A mask is computed right behind the value that it is computed from.

    ```mlir
    %s = train.saved #train.keep %x : tensor<2x5xf32>
    %mask = train.saved #train.mask<low = 0.0> %y : tensor<2x5xf32>
    %dw = nn.mul %dy, %s : tensor<2x5xf32>, tensor<2x5xf32>
    ```
    becomes
    ```mlir
    %mask = lowp.range_mask %y {low = 0.0, high = 0x7FF0000000000000 : f64} : tensor<2x5xf32> -> tensor<2xi8>
    %dw = nn.mul %dy, %x : tensor<2x5xf32>, tensor<2x5xf32>
    ```

    Precondition: the train phase has run. Postcondition: every `train.saved`
    that is left has the policy `#train.recompute`. It stays an edge so that CSE
    does not merge the copies that `--train-recompute-saved` makes.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect"];
}

def TrainRecomputeSaved
    : Pass<"train-recompute-saved", "::mlir::func::FuncOp"> {
  let summary = "Concatenate the slices of a weight again for each reader";
  let description = [{
    A weight of which a step trains some channels is stored as a trained and a
    frozen slice, which a concatenation joins. One concatenation in the forward
    pass would stay live until the backward pass reads it. Each reader of a
    `train.saved` with the policy `#train.recompute` therefore gets its own copy
    of the ops that join the slices, and so does each reader of the forward pass
    after the first.

    ```mlir
    %w = nn.concat %trained, %frozen {axis = 2 : i64} : (tensor<1x1x2x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x1x8x8xf32>
    %y = nn.conv2d %x, %w : (tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32>
    %s = train.saved #train.recompute %w : tensor<1x1x8x8xf32>
    %dx = nn.conv2d_input_grad %dy, %s : (tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32>
    ```
    becomes
    ```mlir
    %w = nn.concat %trained, %frozen {axis = 2 : i64} : (tensor<1x1x2x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x1x8x8xf32>
    %y = nn.conv2d %x, %w : (tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32>
    %again = nn.concat %trained, %frozen {axis = 2 : i64} : (tensor<1x1x2x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x1x8x8xf32>
    %dx = nn.conv2d_input_grad %dy, %again : (tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32>
    ```

    Precondition: none; CSE must not run behind it, because it would merge the
    copies. Postcondition: no `train.saved` with the policy `#train.recompute`;
    every value that joins slices of parameters has one reader.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect"];
}

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_BACKWARD_TD
