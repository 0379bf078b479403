// RUN: coppice-opt %s --convert-nn-to-linalg --remarks-filter=slow-path 2>&1 | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5:-10>

// A layer without arithmetic on its codes is computed in double precision.
func.func @product(%x: tensor<2x3x!x>, %y: tensor<2x3x!x>) -> (tensor<2x!x>, tensor<2x3x!x>) {
  // CHECK: remarks.mlir:[[# @LINE + 1]]:8: remark: [Missed] codes-as-reals | Category:slow-path | Function=product | Reason="'nn.reduce' has no arithmetic on codes of these types"
  %0 = nn.reduce prod %x {axes = array<i64: 1>} : (tensor<2x3x!x>) -> tensor<2x!x>
  // CHECK-NOT: remark
  %1 = nn.add %x, %y : tensor<2x3x!x>, tensor<2x3x!x> -> tensor<2x3x!x>
  return %0, %1 : tensor<2x!x>, tensor<2x3x!x>
}
