// RUN: coppice-opt %s --coppice-verify-phase=phase=train --verify-diagnostics
// RUN: not coppice-opt %s --coppice-verify-phase=phase=schedule 2>&1 | FileCheck %s

// CHECK: error: 'train.gradient' op breaks the contract of phase schedule: gradients are expanded
func.func @requests(%x: tensor<4xf32>, %loss: tensor<f32>) {
  // expected-error @+1 {{'train.gradient' op breaks the contract of phase train: gradients are expanded}}
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return
}
