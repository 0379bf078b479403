//===- Passes.td - Passes of the train dialect -------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_PASSES_TD
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Building steps
//===----------------------------------------------------------------------===//

class LossOptions {
  list<Option> options = [
    Option<"from", "from", "std::string", "\"infer\"",
           "the inference function that the new one is made from">,
    Option<"output", "output", "int64_t", "0",
           "which result of it the loss is taken of">,
    Option<"loss", "loss", "::coppice::autodiff::LossKind",
           "::coppice::autodiff::LossKind::SoftmaxCrossEntropy", "the loss",
           [{::llvm::cl::values(
             clEnumValN(::coppice::autodiff::LossKind::SoftmaxCrossEntropy,
                        "softmax-cross-entropy",
                        "of logits and class indices"),
             clEnumValN(::coppice::autodiff::LossKind::NegativeLogLikelihood,
                        "nll", "of log-probabilities and class indices"),
             clEnumValN(::coppice::autodiff::LossKind::BinaryCrossEntropy,
                        "bce", "of probabilities and targets"),
             clEnumValN(::coppice::autodiff::LossKind::BinaryCrossEntropyLogits,
                        "bce-logits", "of logits and targets"),
             clEnumValN(::coppice::autodiff::LossKind::MeanSquaredError,
                        "mse", "mean squared error"))}]>,
    Option<"batchNorm", "batch-norm", "::coppice::train::BatchNormMode",
           "::coppice::train::BatchNormMode::Frozen",
           "what batch norms normalize by",
           [{::llvm::cl::values(
             clEnumValN(::coppice::train::BatchNormMode::Frozen, "frozen",
                        "the running statistics, which stay"),
             clEnumValN(::coppice::train::BatchNormMode::Train, "train",
                        "the batch; the running statistics are updated"))}]>,
    ListOption<"approximate", "approximate", "std::string",
               "names of what the backward pass approximates">
  ];
}
def LossOptionList : LossOptions;

def TrainBuildStep : Pass<"train-build-step", "::mlir::ModuleOp"> {
  let summary = "makes a training step from the inference function";
  let description = [{
    Clones the inference function and adds loss, gradient request, optimizer and
    writes. The new function takes the model's inputs, the labels and the
    learning rate, and returns the loss and the model's outputs. Every weight
    that the loss depends on is trained; with `update` or `freeze` the function
    carries `train.schemes`, to which `--train-prune-backward` reduces it. A softmax that ends the model is skipped under the cross
    entropy, so that the step returns logits.

    Optimizer slots and gradient accumulators become parameters of role `slot`
    (`@w.momentum`), the number of updates is `@train.step`: all steps of the
    module share both. Where the function has dropouts, their seed is
    `@train.random`, a counter that every call adds 1 to; its initial value is
    the seed of the run. With `batch-norm=train` the
    step runs `--train-batch-norm`. A quantized weight stays quantized: its codes
    are updated and rounded (see `train.update`). With `weights=latent` it gets a
    float copy `@w.latent`, which the step trains and every function quantizes, so
    that what codes cost can be measured. With `accumulate=N` gradients are summed
    and every N-th call of the step updates with their mean; its accumulators
    (`@w.train.accumulator` for `name=train`) and the count of its calls
    (`@train.calls`) are its own. With
    `approximate` the function carries `train.approximate`, a list of names that
    `--train-apply-scheme` and `--train-autodiff` obey.

    ```mlir
    func.func @train(%x: tensor<8x4xf32>, %labels: tensor<8xi64>, %lr: tensor<f32>)
        -> (tensor<f32>, tensor<8x3xf32>) {
      %w = train.read @w : tensor<4x3xf32>
      %y = nn.matmul %x, %w : (tensor<8x4xf32>, tensor<4x3xf32>) -> tensor<8x3xf32>
      %loss = nn.softmax_cross_entropy %y, %labels : (tensor<8x3xf32>, tensor<8xi64>) -> tensor<f32>
      %dw = train.gradient %loss wrt %w : (tensor<f32>, tensor<4x3xf32>) -> tensor<4x3xf32>
      %t0 = train.read @train.step : tensor<i64>
      %t = nn.add %t0, %one : tensor<i64>, tensor<i64>
      train.write %t, @train.step : tensor<i64>
      %w1 = train.update #train.sgd<> %w, %dw, %lr, %t : …
      train.write %w1, @w : tensor<4x3xf32>
      return %loss, %y : tensor<f32>, tensor<8x3xf32>
    }
    ```

    Precondition: the graph phase's contract. Postcondition: a function `name`
    with one `train.gradient`.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect",
                           "::coppice::nn::NNDialect",
                           "::mlir::func::FuncDialect"];
  let options = !listconcat(LossOptionList.options, [
    Option<"name", "name", "std::string", "\"train\"",
           "the new function's name">,
    Option<"update", "update", "std::string", "\"full\"",
           "what is trained: full, head, bias or a scheme's YAML file">,
    ListOption<"freeze", "freeze", "std::string",
               "glob patterns of parameter names that are not trained">,
    Option<"optimizer", "optimizer", "::coppice::train::OptimizerKind",
           "::coppice::train::OptimizerKind::SGD", "the optimizer",
           [{::llvm::cl::values(
             clEnumValN(::coppice::train::OptimizerKind::SGD, "sgd",
                        "stochastic gradient descent"),
             clEnumValN(::coppice::train::OptimizerKind::Adam, "adam", "Adam"),
             clEnumValN(::coppice::train::OptimizerKind::AdamW, "adamw",
                        "Adam with decoupled weight decay"))}]>,
    Option<"momentum", "momentum", "double", "0.0", "momentum of sgd">,
    Option<"nesterov", "nesterov", "bool", "false",
           "Nesterov's form of momentum">,
    Option<"weightDecay", "weight-decay", "double", "0.0", "weight decay">,
    Option<"beta1", "beta1", "double", "0.9", "decay of Adam's first moment">,
    Option<"beta2", "beta2", "double", "0.999",
           "decay of Adam's second moment">,
    Option<"epsilon", "epsilon", "double", "1e-8", "Adam's epsilon">,
    Option<"accumulate", "accumulate", "int64_t", "1",
           "number of calls whose gradients one update takes the mean of">,
    Option<"weights", "weights", "::coppice::train::WeightFormat",
           "::coppice::train::WeightFormat::Int8",
           "what is kept of quantized weights",
           [{::llvm::cl::values(
             clEnumValN(::coppice::train::WeightFormat::Int8, "int8",
                        "their codes alone"),
             clEnumValN(::coppice::train::WeightFormat::Latent, "latent",
                        "a float copy, which every function rounds to codes "
                        "of up to 16 bits: for simulation"))}]>,
    Option<"rounding", "rounding", "::coppice::train::UpdateRounding",
           "::coppice::train::UpdateRounding::stochastic",
           "how the update of a quantized weight rounds",
           [{::llvm::cl::values(
             clEnumValN(::coppice::train::UpdateRounding::stochastic,
                        "stochastic", "up with the fraction as probability"),
             clEnumValN(::coppice::train::UpdateRounding::nearest, "nearest",
                        "half to even"),
             clEnumValN(::coppice::train::UpdateRounding::zero, "zero",
                        "towards zero"),
             clEnumValN(::coppice::train::UpdateRounding::error_feedback,
                        "error-feedback",
                        "nearest; the next update adds what was lost"))}]>,
    Option<"qas", "qas", "bool", "true",
           "quantization-aware scaling of the gradients of quantized weights">,
    Option<"gradients", "gradients", "::coppice::train::GradientFormat",
           "::coppice::train::GradientFormat::F32",
           "what gradients of activations are stored in",
           [{::llvm::cl::values(
             clEnumValN(::coppice::train::GradientFormat::F32, "f32",
                        "as they are computed"),
             clEnumValN(::coppice::train::GradientFormat::BF16, "bf16",
                        "bfloat16, half to even"),
             clEnumValN(::coppice::train::GradientFormat::F16, "f16",
                        "half precision, half to even, saturating"),
             clEnumValN(::coppice::train::GradientFormat::Int8, "int8",
                        "codes with a computed scale for each channel"))}]>,
    Option<"lossScale", "loss-scale", "double", "1.0",
           "a power of two that the loss is multiplied by and gradients of "
           "parameters are divided by">
  ]);
}

def TrainBuildGradients : Pass<"train-build-gradients", "::mlir::ModuleOp"> {
  let summary = "makes a function that returns loss and gradients";
  let description = [{
    As `--train-build-step`, without optimizer and writes (with
    `batch-norm=train` running statistics stay, too) and without dropouts: the new function takes inputs and labels and returns the loss and one gradient per parameter.
    A gradient's result carries the parameter's name in the file
    (`train.name`) and its symbol (`train.gradient_of`); it has the stored
    layout.

    ```mlir
    func.func @gradients(%x: tensor<8x4xf32>, %labels: tensor<8xi64>)
        -> (tensor<f32>, tensor<4x3xf32> {train.gradient_of = @w, train.name = "fc.weight"}) { … }
    ```

    Precondition: the graph phase's contract. Postcondition: a function `name`
    with one `train.gradient` that writes no parameter.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect",
                           "::coppice::nn::NNDialect",
                           "::mlir::func::FuncDialect"];
  let options = !listconcat(LossOptionList.options, [
    Option<"update", "update", "std::string", "\"full\"",
           "what is trained: full, head, bias or a scheme's YAML file">,
    ListOption<"freeze", "freeze", "std::string",
               "glob patterns of parameter names that are not trained">,
    Option<"name", "name", "std::string", "\"gradients\"",
           "the new function's name">
  ]);
}

def TrainGradcheckFunctions
    : Pass<"train-gradcheck-functions", "::mlir::ModuleOp"> {
  let summary = "makes a loss and its gradients of every function";
  let description = [{
    For every function `@f` with a float argument: `@f_loss` returns the sum of
    the first result times fixed pseudo-random weights in [-1, 1], `@f_grad` that
    and its gradient with respect to each float argument (result attribute
    `gradcheck.argument`). Attributes of `@f` (`gradcheck.low`, `gradcheck.high`:
    the range of inputs) are kept. The tool that runs both compares the gradients
    with finite differences.

    ```mlir
    func.func @exp(%x: tensor<2xf64>) -> tensor<2xf64> {
      %y = nn.exp %x : tensor<2xf64>
      return %y : tensor<2xf64>
    }
    ```
    becomes, before `--train-autodiff`,
    ```mlir
    func.func @exp_grad(%x: tensor<2xf64>)
        -> (tensor<f64>, tensor<2xf64> {gradcheck.argument = 0 : i64}) {
      %y = nn.exp %x : tensor<2xf64>
      %weights = arith.constant dense<[0.25, -0.5]> : tensor<2xf64>
      %weighted = nn.mul %y, %weights : tensor<2xf64>, tensor<2xf64>
      %loss = nn.reduce sum %weighted {axes = array<i64: 0>} : (tensor<2xf64>) -> tensor<f64>
      %dx = train.gradient %loss wrt %x : (tensor<f64>, tensor<2xf64>) -> tensor<2xf64>
      return %loss, %dx : tensor<f64>, tensor<2xf64>
    }
    ```
    Precondition: functions of one block whose first result is a float tensor.
    Postcondition: the functions `@f` are gone.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect",
                           "::coppice::nn::NNDialect",
                           "::mlir::func::FuncDialect"];
}

def TrainBatchNorm : Pass<"train-batch-norm", "::mlir::ModuleOp"> {
  let summary = "batch norms of a step normalize by their batch";
  let description = [{
    An inference batch norm is a composition over running statistics, parameters
    of role `statistic`. In a function with a gradient request it becomes
    `nn.normalize`, and the statistics are updated: they keep a part of their old
    value, `train.running_momentum` where the parameter has it and `momentum`
    else, and take the rest from the batch, the variance unbiased. Batch norms
    that share statistics update them one after the other.

    ```mlir
    %centred = nn.sub %x, %mean : tensor<8x4x4x3xf32>, tensor<3xf32>
    %shifted = nn.add %variance, %epsilon : tensor<3xf32>, tensor<f32>
    %deviation = nn.rsqrt %shifted : tensor<3xf32>
    %factor = nn.mul %scale, %deviation : tensor<3xf32>, tensor<3xf32>
    %y = nn.mul %centred, %factor : tensor<8x4x4x3xf32>, tensor<3xf32>
    ```
    becomes
    ```mlir
    %n, %m, %v = nn.normalize %x {axes = array<i64: 0, 1, 2>, epsilon = 1.0e-5} : …
    %y = nn.mul %n, %scale : tensor<8x4x4x3xf32>, tensor<3xf32>
    %mean1 = … 0.9 %mean + 0.1 %m …
    train.write %mean1, @bn.mean : tensor<3xf32>
    ```

    Precondition: `--train-autodiff` has not run and batch norms are not folded
    into convolutions. It is an error if a statistic is used otherwise.
    Postcondition: a function with a gradient request reads statistics only to
    update them.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect",
                           "::coppice::nn::NNDialect",
                           "::mlir::arith::ArithDialect"];
  let options = [
    Option<"momentum", "momentum", "double", "0.9",
           "how much of the old statistics is kept where they do not say">
  ];
}

//===----------------------------------------------------------------------===//
// Sparse update
//===----------------------------------------------------------------------===//

def TrainRemoveDropout : Pass<"train-remove-dropout", "::mlir::func::FuncOp"> {
  let summary = "replaces the dropouts of inference by their inputs";
  let description = [{
    A dropout drops while a step trains. Every other function, which asks for no
    gradient, is evaluation: its dropouts give their input. The attribute
    `train.training` on a function says that it is none.

    ```mlir
    %d = nn.dropout %x, %seed {ratio = 0.5} : tensor<8x4xf32>, tensor<i64>
    %y = nn.relu %d : tensor<8x4xf32>
    ```
    becomes
    ```mlir
    %y = nn.relu %x : tensor<8x4xf32>
    ```

    Precondition: steps are built, and gradients are still requests.
    Postcondition: no `nn.dropout` is left in a function without a
    `train.gradient`.
  }];
}

def TrainApplyScheme : Pass<"train-apply-scheme", "::mlir::ModuleOp"> {
  let summary = "says which parameters a step trains";
  let description = [{
    Resolves a sparse update scheme against a step and stores the result as its
    `train.schemes`, one `#train.update` per parameter that the step
    differentiates for.

    The classifier is the last convolution or matrix product with a weight
    before the loss; it is trained always. The others are layers, counted from 0
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

    Where the function's `train.approximate` names `norm-shift`, the scales of
    normalizations are not trained, their shifts are.

    `int(C * ratio)` input channels are trained, output channels for a depthwise
    convolution: those with the largest L2 norm of the weight (of a quantized
    one's codes) over its other axes, ties to the lowest index.

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
           "what is trained: full, head, bias or a scheme's YAML file">,
    ListOption<"freeze", "freeze", "std::string",
               "glob patterns of parameter names that are not trained">
  ];
}

def TrainPruneBackward : Pass<"train-prune-backward", "::mlir::ModuleOp"> {
  let summary = "drops what a step's scheme does not train";
  let description = [{
    Obeys `train.schemes` before any backward op exists. A parameter with
    `none` leaves the gradient request, and its update, writes and slots go. One
    with `channels` is split: `@w.trained` holds the channels that are trained,
    `@w.frozen` the rest, and every function puts them together for the forward
    pass; update and slots have the size of the trained slice, whose gradient is
    gathered from the weight's. `--train-narrow-gradients` moves that gather
    below the convolution, so that the others' gradients are never computed.

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

    A gradient that is not trained, or not whole, may only be returned or end in
    the update of its own parameter.

    Precondition: `--train-autodiff` has not run. Postcondition: the request
    names trained parameters alone.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect",
                           "::coppice::nn::NNDialect",
                           "::mlir::arith::ArithDialect"];
}

def TrainNarrowGradients
    : Pass<"train-narrow-gradients", "::mlir::func::FuncOp"> {
  let summary = "computes weight gradients of the gathered channels alone";
  let description = [{
    Moves a gather of channels of a weight gradient to the operands of the op
    that computes it. The gather of a forward value stands right behind that
    value, so that the whole of it need not live until the backward pass.

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
    gather reads a gradient that it could have narrowed.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::mlir::arith::ArithDialect"];
}

def TrainRebuildWeights
    : Pass<"train-rebuild-weights", "::mlir::func::FuncOp"> {
  let summary = "every reader of a weight of two slices puts it together itself";
  let description = [{
    A weight of which some channels are trained is a trained and a frozen slice.
    Put together once, for the forward pass, it would be kept until the backward
    pass reads it. Moving bytes twice costs little, and the copy lives as long as
    one layer.

    ```mlir
    %w = nn.concat %trained, %frozen {axis = 2 : i64} : (tensor<1x1x2x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x1x8x8xf32>
    %y = nn.conv2d %x, %w : (tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32>
    %dx = nn.conv2d_input_grad %dy, %w : (tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32>
    ```
    becomes
    ```mlir
    %w = nn.concat %trained, %frozen {axis = 2 : i64} : (tensor<1x1x2x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x1x8x8xf32>
    %y = nn.conv2d %x, %w : (tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32>
    %again = nn.concat %trained, %frozen {axis = 2 : i64} : (tensor<1x1x2x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x1x8x8xf32>
    %dx = nn.conv2d_input_grad %dy, %again : (tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32>
    ```

    Precondition: none; CSE would undo it. Postcondition: what joins slices of
    parameters has one reader.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect"];
}

//===----------------------------------------------------------------------===//
// Expansion
//===----------------------------------------------------------------------===//

def TrainAutodiff : Pass<"train-autodiff", "::mlir::func::FuncOp"> {
  let summary = "expands gradient requests to backward graphs";
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
  let summary = "rectifiers save a bit an element, not their result";
  let description = [{
    The gradient of a rectifier asks of each element of its result whether it
    lies within a range. Where nothing else of the backward pass reads the result,
    that answer is saved in its place, as a mask of one bit an element; the
    gradient has the same bits. So it is where the backward pass dequantizes a
    layer's codes only to compare them: the mask is then of the codes.

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
  let summary = "gradients of activations are stored in a narrower format";
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

def TrainLowerUpdates : Pass<"train-lower-updates", "::mlir::func::FuncOp"> {
  let summary = "expands optimizer steps to nn ops";
  let description = [{
    ```mlir
    %w1 = train.update #train.sgd<> %w, %dw, %lr, %t : (tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<i64>) -> tensor<8xf32>
    ```
    becomes
    ```mlir
    %0 = nn.mul %lr, %dw : tensor<f32>, tensor<8xf32>
    %w1 = nn.sub %w, %0 : tensor<8xf32>, tensor<8xf32>
    ```
    and the update of a quantized parameter, with its scale of 0.5,
    ```mlir
    %w1 = train.update #train.sgd<> rounding stochastic %w, %dw, %lr, %t {qas} : …
    ```
    becomes
    ```mlir
    %codes = quant.scast %w : tensor<8x!quant.uniform<i8:f32, 0.5>> to tensor<8xi8>
    %q = nn.cast %codes : tensor<8xi8> to tensor<8xf32>
    %step = nn.mul %lr, %dw : tensor<f32>, tensor<8xf32>
    %scaled = nn.mul %step, %two : tensor<8xf32>, tensor<f32>
    %exact = nn.sub %q, %scaled : tensor<8xf32>, tensor<8xf32>
    %new = lowp.round stochastic %exact, %t : tensor<8xf32>, tensor<i64> -> tensor<8xi8>
    %w1 = quant.scast %new : tensor<8xi8> to tensor<8x!quant.uniform<i8:f32, 0.5>>
    ```
    Precondition: the gradients are there (`--train-autodiff`). Postcondition: no
    `train.update`.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::coppice::lowp::LowPDialect",
                           "::mlir::quant::QuantDialect",
                           "::mlir::arith::ArithDialect"];
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

def TrainBindState : Pass<"train-bind-state", "::mlir::ModuleOp"> {
  let summary = "decides what lives in the state buffer";
  let description = [{
    A parameter that some function writes gets a 64-byte aligned `state_offset`,
    and the module `train.state_bytes`. In every function, arguments are then

    1. the inputs, as they were;
    2. one destination per result, `{train.output, bufferization.writable}`;
    3. the state parameters that the function reads or writes, by offset,
       `{train.state = @w, bufferization.writable}`.

    Results are those of before, each tied to its destination by
    `bufferization.materialize_in_destination`, followed by the written values,
    tied to their state arguments (result attribute `train.state`). Reads of
    parameters that nothing writes become constants.

    ```mlir
    func.func @infer(%x: tensor<4xf32>) -> tensor<4xf32> {
      %w = train.read @w : tensor<4xf32>
      %y = nn.mul %x, %w : tensor<4xf32>, tensor<4xf32>
      return %y : tensor<4xf32>
    }
    ```
    becomes, if a step trains @w,
    ```mlir
    func.func @infer(%x: tensor<4xf32>,
        %out: tensor<4xf32> {bufferization.writable = true, train.output},
        %w: tensor<4xf32> {bufferization.writable = true, train.state = @w})
        -> tensor<4xf32> {
      %y = nn.mul %x, %w : tensor<4xf32>, tensor<4xf32>
      %r = bufferization.materialize_in_destination %y in %out
         : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      return %r : tensor<4xf32>
    }
    ```
    Precondition: one block in every function, no calls, no parameter written
    twice in one. Postcondition: no `train.read` or `train.write`. Parameters
    stay: they hold the initial state.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::quant::QuantDialect"];
}

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_PASSES_TD
