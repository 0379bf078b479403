// RUN: not coppice-opt %s --allow-unregistered-dialect --convert-nn-to-linalg 2>&1 | FileCheck %s

// An op that no dialect registers is named, whatever its result.
func.func @unknown(%x: tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4x!quant.uniform<i8:f32, 0.5>> {
  // CHECK: unregistered.mlir:[[# @LINE + 1]]:8: error: failed to legalize operation 'no.op'
  %y = "no.op"(%x) ({}) : (tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4x!quant.uniform<i8:f32, 0.5>>
  return %y : tensor<4x!quant.uniform<i8:f32, 0.5>>
}
