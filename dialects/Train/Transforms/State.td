//===- State.td - Passes of updates and state --------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_TRAIN_TRANSFORMS_STATE_TD
#define COPPICE_DIALECTS_TRAIN_TRANSFORMS_STATE_TD

include "mlir/Pass/PassBase.td"

def TrainLowerUpdates : Pass<"train-lower-updates", "::mlir::func::FuncOp"> {
  let summary = "Expand optimizer steps to nn ops";
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
    Precondition: `--train-autodiff` has built the gradients. Postcondition: no
    `train.update`.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::coppice::lowp::LowPDialect",
                           "::mlir::quant::QuantDialect",
                           "::mlir::arith::ArithDialect"];
}

def TrainBindState : Pass<"train-bind-state", "::mlir::ModuleOp"> {
  let summary = "Assign trained parameters to the state buffer";
  let description = [{
    A parameter that some function writes gets a 64-byte aligned `state_offset`,
    and the module the attribute `train.state_bytes`. The arguments of every
    function then are

    1. the inputs, as they were;
    2. one destination per result, of the result's role;
    3. the state parameters that the function reads or writes, by offset,
       of role `parameter`, `written` where it writes it.

    The results are the former results, each tied to its destination by
    `bufferization.materialize_in_destination`, followed by the written values,
    tied to their state arguments (role `parameter`). Reads of parameters that
    no function writes become constants.

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
        %out: tensor<4xf32> {coppice.role = #coppice.role<output "y">},
        %w: tensor<4xf32> {coppice.role = #coppice.role<parameter @w>})
        -> tensor<4xf32> {
      %y = nn.mul %x, %w : tensor<4xf32>, tensor<4xf32>
      %r = bufferization.materialize_in_destination %y in %out
         : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      return %r : tensor<4xf32>
    }
    ```
    Precondition: every function has one block, calls no function and writes no
    parameter twice. Postcondition: no `train.read` or `train.write`. The
    parameters stay: they hold the initial state.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::quant::QuantDialect"];
}

#endif // COPPICE_DIALECTS_TRAIN_TRANSFORMS_STATE_TD
