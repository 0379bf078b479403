// RUN: coppice-opt %s --coppice-verify-phase=phase=train --verify-diagnostics
// RUN: not coppice-opt %s --coppice-verify-phase=phase=schedule 2>&1 | FileCheck %s

// CHECK-DAG: error: 'train.saved' op breaks the contract of phase schedule: saved values are what is held of them
// CHECK-DAG: error: 'train.gradient' op breaks the contract of phase schedule: gradients are expanded
func.func @requests(%x: tensor<4xf32>, %loss: tensor<f32>) {
  // expected-error @+1 {{'train.gradient' op breaks the contract of phase train: gradients are expanded}}
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// The weight's gradient reads %x without an edge, and %y through one.
// Parameters, and a rate that only updates read, need no edge. An op that does
// not meet a gradient is forward.
train.parameter @w : tensor<4xf32> = dense<1.0> : tensor<4xf32>
train.parameter @mean : tensor<4xf32> = dense<1.0> : tensor<4xf32>
// expected-note @+1 {{reads this value}}
func.func @crossings(%x: tensor<4xf32>, %lr: tensor<f32>) -> tensor<4xf32> {
  %w = train.read @w : tensor<4xf32>
  %m = train.read @mean : tensor<4xf32>
  %z = nn.mul %x, %w : tensor<4xf32>, tensor<4xf32>
  // expected-note @+1 {{reads this value}}
  %y = nn.exp %z : tensor<4xf32>
  %m1 = nn.add %m, %y : tensor<4xf32>, tensor<4xf32>
  train.write %m1, @mean : tensor<4xf32>
  %s = train.saved #train.keep %y : tensor<4xf32>
  %dy = nn.mul %s, %w : tensor<4xf32>, tensor<4xf32>
  // expected-error @+1 {{breaks the contract of phase train: the backward pass reads values of the forward pass through train.saved alone}}
  %dw = nn.mul %dy, %x : tensor<4xf32>, tensor<4xf32>
  // expected-error @+1 {{through train.saved alone}}
  %dv = nn.mul %dw, %y : tensor<4xf32>, tensor<4xf32>
  %0 = nn.mul %lr, %dv : tensor<f32>, tensor<4xf32>
  %w1 = nn.sub %w, %0 : tensor<4xf32>, tensor<4xf32>
  train.write %w1, @w : tensor<4xf32>
  return %y : tensor<4xf32>
}

func.func @formats(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'train.saved' op breaks the contract of phase train: gradients are stored in their format}}
  %s = train.saved #train.narrow<bf16> %x : tensor<4xf32>
  return %s : tensor<4xf32>
}
