//===- SparseUpdate.td - Passes of sparse updates ----------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_SPARSEUPDATE_TD
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_SPARSEUPDATE_TD

include "mlir/Pass/PassBase.td"

def TrainApplyScheme : Pass<"train-apply-scheme", "::mlir::ModuleOp"> {
  let summary = "Resolve which parameters a step trains";
  let description = [{
    Resolves a sparse update scheme against a step and stores the result as its
    `train.schemes`, one `#train.update` per parameter that the step
    differentiates for.

    The classifier is the last convolution or matrix product with a weight
    before the loss; every scheme trains it. The other layers are counted from 0
    in graph order. A YAML scheme reads

    ```yaml
    bias: 20                        # the last 20 layers train their bias;
                                    # [3, 5] would train those of layers 3 and 5
    weights:
      - {layer: 24, ratio: 0.25}    # a quarter of the input channels
      - {name: conv7.weight, ratio: 1}
      - {layer: 27, channels: [0, 3]}   # these, whatever select says
    select: magnitude               # or first
    head: full
    freeze: ["stem.*"]
    ```

    If the function's `train.approximate` names `norm-shift`, the shifts of
    normalizations are trained, their scales are not.

    A ratio trains `int(C * ratio)` input channels, or output channels of a
    depthwise convolution: those with the largest L2 norm of the weight (of the
    codes of a quantized one) over its other axes. Ties go to the lowest index.

    ```mlir
    func.func @train(…) attributes {train.schemes = {
        conv.weight = #train.update<channels<2, [0, 3]>>,
        fc.weight = #train.update<full>, stem.weight = #train.update<none>}}
    ```

    Precondition: one `train.gradient` in the function. Postcondition: the
    function has `train.schemes`, which trains something.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect"];
  let options = [
    Option<"function", "function", "std::string", "\"train\"", "the step">,
    Option<"update", "update", "std::string", "\"full\"",
           "the parameters to train: full, head, bias or a scheme's YAML file">,
    ListOption<"freeze", "freeze", "std::string",
               "glob patterns of parameter names that are not trained">
  ];
}

def TrainPruneBackward : Pass<"train-prune-backward", "::mlir::ModuleOp"> {
  let summary = "Remove the updates that a step's scheme does not name";
  let description = [{
    Obeys `train.schemes` before any backward op exists. A parameter with `none`
    leaves the gradient request, and its update, writes and slots are removed. A
    parameter with `channels` is split: `@w.trained` holds the trained channels,
    `@w.frozen` the rest, and every function joins them for the forward pass.
    Its update and slots have the size of the trained slice, whose gradient is
    gathered from the gradient of the whole weight. `--train-narrow-gradients`
    moves that gather to the operands of the convolution, so that the gradients
    of frozen channels are never computed.

    ```mlir
    %dw, %db = train.gradient %loss wrt %w, %b : …
    %w1 = train.update #train.sgd<> %w, %dw, %lr, %t : …
    train.write %w1, @w : tensor<3x3x8x16xf32>
    ```
    becomes, with `{w = #train.update<channels<2, [1, 5]>>, b = #train.update<none>}`,
    ```mlir
    %dw = train.gradient %loss wrt %w : …
    %part = nn.gather %dw, %indices {axis = 2 : i64} : …
    %w1 = train.update #train.sgd<> %trained, %part, %lr, %t : …
    train.write %w1, @w.trained : tensor<3x3x2x16xf32>
    ```

    The gradient of a parameter that is not trained, or not whole, may only be
    returned or end in the update of that parameter.

    Precondition: `--train-autodiff` has not run. Postcondition: the request
    names trained parameters alone.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect",
                           "::coppice::nn::NNDialect",
                           "::mlir::arith::ArithDialect"];
}

def TrainNarrowGradients
    : Pass<"train-narrow-gradients", "::mlir::func::FuncOp"> {
  let summary = "Compute the gradients of trained channels alone";
  let description = [{
    Moves a gather of channels of a weight gradient to the operands of the op
    that computes it. The gather of a forward value is placed right behind that
    value, so that only the gathered channels live until the backward pass.

    ```mlir
    %dw = nn.conv2d_weight_grad %x, %dy : (tensor<1x8x8x16xf32>, tensor<1x8x8x4xf32>) -> tensor<1x1x16x4xf32>
    %part = nn.gather %dw, %indices {axis = 2 : i64} : (tensor<1x1x16x4xf32>, tensor<2xi64>) -> tensor<1x1x2x4xf32>
    ```
    becomes
    ```mlir
    %few = nn.gather %x, %indices {axis = 3 : i64} : (tensor<1x8x8x16xf32>, tensor<2xi64>) -> tensor<1x8x8x2xf32>
    %part = nn.conv2d_weight_grad %few, %dy : (tensor<1x8x8x2xf32>, tensor<1x8x8x4xf32>) -> tensor<1x1x2x4xf32>
    ```

    Precondition: `--train-autodiff` has run. Postcondition: the same values; no
    gather reads a gradient that could be computed for its channels alone.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::coppice::train::TrainDialect",
                           "::mlir::arith::ArithDialect"];
}

def TrainRebuildWeights
    : Pass<"train-rebuild-weights", "::mlir::func::FuncOp"> {
  let summary = "Recompute weights that are joined from slices";
  let description = [{
    A weight of which a step trains some channels is stored as a trained and a
    frozen slice. Joining the slices twice costs little time, and each copy
    lives as long as one layer: the policy of its `train.saved` becomes
    `#train.recompute`.

    ```mlir
    %w = nn.concat %trained, %frozen {axis = 2 : i64} : (tensor<1x1x2x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x1x8x8xf32>
    %s = train.saved #train.keep %w : tensor<1x1x8x8xf32>
    ```
    becomes
    ```mlir
    %w = nn.concat %trained, %frozen {axis = 2 : i64} : (tensor<1x1x2x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x1x8x8xf32>
    %s = train.saved #train.recompute %w : tensor<1x1x8x8xf32>
    ```

    Precondition: none. Postcondition: the same values.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect"];
}

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_SPARSEUPDATE_TD
