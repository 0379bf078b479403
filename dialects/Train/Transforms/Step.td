//===- Step.td - Passes that make steps and gradients ------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_STEP_TD
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_STEP_TD

include "mlir/Pass/PassBase.td"

class LossOptions {
  list<Option> options = [
    Option<"from", "from", "std::string", "\"infer\"",
           "the inference function that the new one is made from">,
    Option<"output", "output", "int64_t", "0",
           "the result of that function that the loss is taken of">,
    Option<"loss", "loss", "::coppice::train::LossKind",
           "::coppice::train::LossKind::SoftmaxCrossEntropy", "the loss",
           [{::coppice::train::getLossValues()}]>,
    Option<"batchNorm", "batch-norm", "::coppice::train::BatchNormMode",
           "::coppice::train::BatchNormMode::Frozen",
           "the statistics that batch norms normalize by",
           [{::llvm::cl::values(
             clEnumValN(::coppice::train::BatchNormMode::Frozen, "frozen",
                        "the running statistics, which do not change"),
             clEnumValN(::coppice::train::BatchNormMode::Train, "train",
                        "the batch; the running statistics are updated"))}]>,
    ListOption<"approximate", "approximate", "std::string",
               "names of the approximations that the backward pass takes">
  ];
}
def LossOptionList : LossOptions;

def TrainBuildStep : Pass<"train-build-step", "::mlir::ModuleOp"> {
  let summary = "Build a training step from the inference function";
  let description = [{
    Clones the inference function and adds loss, gradient request, optimizer and
    writes. The new function takes the model's inputs, the labels and the
    learning rate, and returns the loss and the model's outputs. Every weight
    that the loss depends on is trained. With `update` or `freeze` the function
    carries `train.schemes`, which `--train-prune-backward` obeys. The cross
    entropy is taken of the operand of a softmax that ends the model, so that
    the step returns logits.

    Optimizer slots and gradient accumulators become parameters of role `slot`
    (`@w.momentum`), and `@train.step` is the number of updates; all steps of
    the module share both. If the function has dropouts, their seed is
    `@train.random`, a counter that every call adds 1 to; its initial value is
    the seed of the run. With `batch-norm=train` the step runs
    `--train-batch-norm`. A quantized weight stays quantized: its codes are
    updated and rounded (see `train.update`). With `weights=latent` it gets a
    float copy `@w.latent`, which the step trains and every function quantizes,
    so that training codes can be compared with it. With `accumulate=N`
    gradients are summed, and every N-th call of the step updates with their
    mean; each step has its own accumulators (`@w.train.accumulator` for
    `name=train`) and count of calls (`@train.calls`). With `approximate` the
    function carries `train.approximate`, a list of names that
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
           "the parameters to train: full, head, bias or a scheme's YAML file">,
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
           "number of calls whose mean gradient one update uses">,
    Option<"weights", "weights", "::coppice::train::WeightFormat",
           "::coppice::train::WeightFormat::Int8",
           "the form in which quantized weights are kept",
           [{::llvm::cl::values(
             clEnumValN(::coppice::train::WeightFormat::Int8, "int8",
                        "codes alone"),
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
           "the format that gradients of activations are stored in",
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
  let summary = "Build a function that returns loss and gradients";
  let description = [{
    Builds the loss as `--train-build-step` does, without optimizer, dropouts
    and writes (also of running statistics, with `batch-norm=train`). The new
    function takes inputs and labels and returns the loss and one gradient per
    parameter. The result of a gradient has the role `gradient`, with the
    parameter's name in the file and its symbol, and the stored layout.

    ```mlir
    func.func @gradients(%x: tensor<8x4xf32>, %labels: tensor<8xi64>)
        -> (tensor<f32> {coppice.role = #coppice.role<loss "loss">},
            tensor<4x3xf32> {coppice.role = #coppice.role<gradient "fc.weight" of @w>}) { … }
    ```

    Precondition: the graph phase's contract. Postcondition: a function `name`
    with one `train.gradient` that writes no parameter.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect",
                           "::coppice::nn::NNDialect",
                           "::mlir::func::FuncDialect"];
  let options = !listconcat(LossOptionList.options, [
    Option<"update", "update", "std::string", "\"full\"",
           "the parameters to train: full, head, bias or a scheme's YAML file">,
    ListOption<"freeze", "freeze", "std::string",
               "glob patterns of parameter names that are not trained">,
    Option<"name", "name", "std::string", "\"gradients\"",
           "the new function's name">
  ]);
}

def TrainGradcheckFunctions
    : Pass<"train-gradcheck-functions", "::mlir::ModuleOp"> {
  let summary = "Build a loss and its gradients from every function";
  let description = [{
    Makes two functions of every function `@f` with a float argument: `@f_loss`
    returns the sum of the first result times fixed pseudo-random weights in
    [-1, 1]; `@f_grad` returns that sum and its gradient with respect to each
    float argument (result attribute `gradcheck.argument`). The attributes of
    `@f` stay (`gradcheck.low` and `gradcheck.high`: the range of inputs). The
    tool that runs both compares the gradients with finite differences.

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
    Postcondition: the functions `@f` are erased.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect",
                           "::coppice::nn::NNDialect",
                           "::mlir::func::FuncDialect"];
}

def TrainBatchNorm : Pass<"train-batch-norm", "::mlir::ModuleOp"> {
  let summary = "Normalize by the batch in the batch norms of a step";
  let description = [{
    An inference batch norm is a composition over running statistics, parameters
    of role `statistic`. In a function with a gradient request it becomes
    `nn.normalize`, and the statistics are updated: each keeps the part
    `train.running_momentum` of its old value (`momentum` if the parameter has
    no such attribute), and takes the rest from the batch, with the unbiased
    variance. Batch norms that share statistics update them one after the other.

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
    into convolutions. A statistic that another op uses is an error.
    Postcondition: a function with a gradient request reads statistics only to
    update them.
  }];
  let dependentDialects = ["::coppice::train::TrainDialect",
                           "::coppice::nn::NNDialect",
                           "::mlir::arith::ArithDialect"];
  let options = [
    Option<"momentum", "momentum", "double", "0.9",
           "the part of the old statistics that is kept by default">
  ];
}

def TrainRemoveDropout : Pass<"train-remove-dropout", "::mlir::func::FuncOp"> {
  let summary = "Replace the dropouts of inference by their inputs";
  let description = [{
    A dropout drops elements in a training step alone. A function without a
    gradient request evaluates the model, so its dropouts are replaced by their
    inputs, unless the function has the attribute `train.training`.

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

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_STEP_TD
