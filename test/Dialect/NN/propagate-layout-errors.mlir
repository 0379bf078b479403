// RUN: not coppice-opt %s --nn-propagate-layout=max-iterations=1 2>&1 | FileCheck %s
// RUN: coppice-opt %s --nn-propagate-layout=max-iterations=2

// The first round moves the transpose, the second finds nothing left to move.
func.func @chain(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %a = nn.transpose %x {permutation = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  // CHECK: propagate-layout-errors.mlir:[[# @LINE + 1]]:8: error: nn-propagate-layout: rewriting does not end within 1 rounds; {{.*}}SinkThroughElementwise still rewrites 'nn.relu'
  %b = nn.relu %a : tensor<4x2x3xf32>
  // CHECK: note: this is a defect of the compiler
  return %b : tensor<4x2x3xf32>
}
