// A module with a parameter, a target, two functions and three results shrinks
// to the op that the script looks for.
// RUN: coppice-reduce %s --reduce-ops='test=%S/Inputs/has test-arg=nn.tanh' | FileCheck %s

// CHECK: module {
// CHECK-NEXT: func.func @f(%{{.*}}: tensor<2x3xf32>) {
// CHECK-NEXT: nn.tanh
// CHECK-NEXT: return
// CHECK-NEXT: }
// CHECK-NEXT: }
module attributes {dlti.dl_spec = #dlti.dl_spec<index = 64 : i64>} {
  train.parameter @w : tensor<3x3xf32> = dense<0.5> : tensor<3x3xf32> {external_name = "w"}
  func.func @other(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    %0 = nn.relu %x : tensor<2x3xf32>
    return %0 : tensor<2x3xf32>
  }
  func.func @f(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>)
      -> (tensor<2x3xf32>, tensor<3x2xf32>, tensor<2x3xi1>) {
    %w = train.read @w : tensor<3x3xf32>
    %0 = nn.matmul %x, %w : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x3xf32>
    %1 = nn.add %0, %y : tensor<2x3xf32>, tensor<2x3xf32>
    %2 = nn.sigmoid %1 : tensor<2x3xf32>
    %3 = nn.tanh %2 : tensor<2x3xf32>
    %4 = nn.mul %3, %2 : tensor<2x3xf32>, tensor<2x3xf32>
    %5 = nn.exp %4 : tensor<2x3xf32>
    %6 = nn.transpose %5 {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
    %7 = nn.compare gt %5, %y : tensor<2x3xf32>, tensor<2x3xf32>
    return %5, %6, %7 : tensor<2x3xf32>, tensor<3x2xf32>, tensor<2x3xi1>
  }
}
