// RUN: coppice-opt %s --train-bind-state | FileCheck %s

// CHECK: module attributes {train.state_bytes = 192 : i64}
module {
  // CHECK: train.parameter @frozen : {{.*}} = dense<2.000000e+00> : tensor<4xf32>{{$}}
  train.parameter @frozen : tensor<4xf32> = dense<2.0> : tensor<4xf32>
  // CHECK: train.parameter @w : {{.*}} {state_offset = 0 : i64}
  train.parameter @w : tensor<17xf32> = dense<1.0> : tensor<17xf32>
  // CHECK: train.parameter @count : {{.*}} state_offset = 128 : i64
  train.parameter @count : tensor<i64> = dense<0> : tensor<i64> {role = 3 : i32}

  // A function that only reads a state parameter sees it, too.
  // CHECK-LABEL: func @infer
  // CHECK-SAME: (%[[X:.*]]: tensor<17xf32> {coppice.role = #coppice.role<input "x">},
  // CHECK-SAME: %[[OUT:.*]]: tensor<17xf32> {coppice.role = #coppice.role<output "y">},
  // CHECK-SAME: %[[W:.*]]: tensor<17xf32> {coppice.role = #coppice.role<parameter @w>})
  // CHECK-SAME: -> (tensor<17xf32> {coppice.role = #coppice.role<output "y">})
  func.func @infer(%x: tensor<17xf32> {coppice.role = #coppice.role<input "x">}) -> (tensor<17xf32> {coppice.role = #coppice.role<output "y">}) {
    %w = train.read @w : tensor<17xf32>
    // CHECK: %[[Y:.*]] = nn.mul %[[X]], %[[W]]
    %y = nn.mul %x, %w : tensor<17xf32>, tensor<17xf32>
    // CHECK: %[[R:.*]] = bufferization.materialize_in_destination %[[Y]] in %[[OUT]]
    // CHECK: return %[[R]]
    return %y : tensor<17xf32>
  }

  // CHECK-LABEL: func @step
  // CHECK-SAME: (%[[OUT:.*]]: tensor<4xf32> {coppice.role = #coppice.role<output "output0">},
  // CHECK-SAME: %[[W:.*]]: tensor<17xf32> {{{[^@]*}}coppice.role = #coppice.role<parameter @w written>}, %[[COUNT:.*]]: tensor<i64> {{{[^@]*}}coppice.role = #coppice.role<parameter @count written>})
  // CHECK-SAME: -> (tensor<4xf32>, tensor<17xf32> {coppice.role = #coppice.role<parameter @w>}, tensor<i64> {coppice.role = #coppice.role<parameter @count>})
  func.func @step() -> tensor<4xf32> {
    // CHECK: %[[C:.*]] = arith.constant dense<2.000000e+00> : tensor<4xf32>
    %f = train.read @frozen : tensor<4xf32>
    %c = train.read @count : tensor<i64>
    // CHECK: %[[C1:.*]] = nn.add %[[COUNT]], %[[COUNT]]
    %c1 = nn.add %c, %c : tensor<i64>, tensor<i64>
    train.write %c1, @count : tensor<i64>
    %w = train.read @w : tensor<17xf32>
    // CHECK: %[[W1:.*]] = nn.neg %[[W]]
    %w1 = nn.neg %w : tensor<17xf32>
    train.write %w1, @w : tensor<17xf32>
    // CHECK: %[[R0:.*]] = bufferization.materialize_in_destination %[[C]] in %[[OUT]]
    // CHECK: %[[R1:.*]] = bufferization.materialize_in_destination %[[W1]] in %[[W]]
    // CHECK: %[[R2:.*]] = bufferization.materialize_in_destination %[[C1]] in %[[COUNT]]
    // CHECK: return %[[R0]], %[[R1]], %[[R2]]
    return %f : tensor<4xf32>
  }
}
