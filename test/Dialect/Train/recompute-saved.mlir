// RUN: coppice-opt %s --train-recompute-saved | FileCheck %s

train.parameter @t : tensor<1x1x1x2xf32> = dense<1.0> : tensor<1x1x1x2xf32>
train.parameter @f : tensor<1x1x3x2xf32> = dense<2.0> : tensor<1x1x3x2xf32>

// The reader behind the edge joins and reorders the slices again; both share
// the reads.
// CHECK-LABEL: @twice
// CHECK-COUNT-2: train.read
// CHECK: nn.concat
// CHECK: %[[ONE:.*]] = nn.gather
// CHECK: nn.conv2d %{{.*}}, %[[ONE]]
// CHECK: nn.concat
// CHECK: %[[TWO:.*]] = nn.gather
// CHECK: nn.conv2d_input_grad %{{.*}}, %[[TWO]]
func.func @twice(%x: tensor<1x2x2x4xf32>, %dy: tensor<1x2x2x2xf32>) -> (tensor<1x2x2x2xf32>, tensor<1x2x2x4xf32>) {
  %t = train.read @t : tensor<1x1x1x2xf32>
  %f = train.read @f : tensor<1x1x3x2xf32>
  %places = arith.constant dense<[1, 0, 2, 3]> : tensor<4xi64>
  %both = nn.concat %t, %f {axis = 2 : i64} : (tensor<1x1x1x2xf32>, tensor<1x1x3x2xf32>) -> tensor<1x1x4x2xf32>
  %w = nn.gather %both, %places {axis = 2 : i64} : (tensor<1x1x4x2xf32>, tensor<4xi64>) -> tensor<1x1x4x2xf32>
  %y = nn.conv2d %x, %w : (tensor<1x2x2x4xf32>, tensor<1x1x4x2xf32>) -> tensor<1x2x2x2xf32>
  %s = train.saved #train.recompute %w : tensor<1x1x4x2xf32>
  %dx = nn.conv2d_input_grad %dy, %s : (tensor<1x2x2x2xf32>, tensor<1x1x4x2xf32>) -> tensor<1x2x2x4xf32>
  return %y, %dx : tensor<1x2x2x2xf32>, tensor<1x2x2x4xf32>
}

// A computed value is not computed twice.
// CHECK-LABEL: @computed
// CHECK-COUNT-1: nn.concat
// CHECK-NOT: nn.concat
func.func @computed(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %both = nn.concat %x, %y {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %a = nn.exp %both : tensor<4xf32> -> tensor<4xf32>
  %b = nn.log %both : tensor<4xf32> -> tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}
