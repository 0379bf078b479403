// Shrinks a function to the one op that the tester script looks for.
// RUN: coppice-reduce %s --reduction-tree='traversal-mode=0 test=%S/Inputs/has-tanh' | FileCheck %s

// CHECK-NOT: nn.relu
// CHECK: nn.tanh
// CHECK-NOT: nn.relu
func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = nn.tanh %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func @g(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = nn.relu %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}
