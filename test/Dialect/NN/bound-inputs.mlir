// RUN: coppice-opt %s --nn-bound-inputs | FileCheck %s

// Through ops that move elements or widen integers; the tightest of several uses.
// CHECK-LABEL: @moved
// CHECK-SAME: %arg0: tensor<2x3xi32> {nn.index_bounds = array<i64: -5, 4>}
// CHECK-SAME: %arg1: tensor<3xi64>, %arg2
func.func @moved(%ids: tensor<2x3xi32>, %computed: tensor<3xi64>,
                 %small: tensor<5x2xf32>, %large: tensor<9x2xf32>)
    -> (tensor<3x2x2xf32>, tensor<2x3x2xf32>, tensor<3x2xf32>) {
  %t = nn.transpose %ids {permutation = array<i64: 1, 0>} : (tensor<2x3xi32>) -> tensor<3x2xi32>
  %wide = nn.cast %t : tensor<3x2xi32> to tensor<3x2xi64>
  %a = nn.gather %small, %wide {axis = 0 : i64} : (tensor<5x2xf32>, tensor<3x2xi64>) -> tensor<3x2x2xf32>
  %b = nn.gather %large, %ids {axis = 0 : i64} : (tensor<9x2xf32>, tensor<2x3xi32>) -> tensor<2x3x2xf32>
  // A computed index may have any value.
  %sum = nn.add %computed, %computed : tensor<3xi64>, tensor<3xi64>
  %c = nn.gather %small, %sum {axis = 0 : i64} : (tensor<5x2xf32>, tensor<3xi64>) -> tensor<3x2xf32>
  return %a, %b, %c : tensor<3x2x2xf32>, tensor<2x3x2xf32>, tensor<3x2xf32>
}

// The table of a gather is not an index. A slice may leave out an index that is
// too large.
// CHECK-LABEL: @free
// CHECK-SAME: (%arg0: tensor<4xi64>, %arg1: tensor<4xi64>) ->
func.func @free(%data: tensor<4xi64>, %sliced: tensor<4xi64>) -> tensor<2xi64> {
  %i = nn.slice %sliced {starts = array<i64: 0>, strides = array<i64: 1>} : (tensor<4xi64>) -> tensor<2xi64>
  %y = nn.gather %data, %i {axis = 0 : i64} : (tensor<4xi64>, tensor<2xi64>) -> tensor<2xi64>
  return %y : tensor<2xi64>
}
