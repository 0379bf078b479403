// RUN: coppice-opt %s --train-narrow-gradients | FileCheck %s

// CHECK-LABEL: func @convolution
func.func @convolution(%a: tensor<1x8x8x6xf32>, %dy: tensor<1x8x8x4xf32>) -> tensor<1x1x2x4xf32> {
  // The gather stands behind its value, not at the gradient.
  // CHECK: %[[I:.*]] = arith.constant dense<[1, 4]>
  // CHECK: %[[X:.*]] = nn.relu
  // CHECK-NEXT: %[[FEW:.*]] = nn.gather %[[X]], %[[I]] {axis = 3 : i64}
  // CHECK: nn.exp
  // CHECK: %[[DW:.*]] = nn.conv2d_weight_grad %[[FEW]], %{{.*}} -> tensor<1x1x2x4xf32>
  // CHECK: return %[[DW]]
  %x = nn.relu %a : tensor<1x8x8x6xf32>
  %e = nn.exp %dy : tensor<1x8x8x4xf32>
  %dw = nn.conv2d_weight_grad %x, %e : (tensor<1x8x8x6xf32>, tensor<1x8x8x4xf32>) -> tensor<1x1x6x4xf32>
  %i = arith.constant dense<[1, 4]> : tensor<2xi64>
  %part = nn.gather %dw, %i {axis = 2 : i64} : (tensor<1x1x6x4xf32>, tensor<2xi64>) -> tensor<1x1x2x4xf32>
  return %part : tensor<1x1x2x4xf32>
}

// Channel 1 of each of two groups.
// CHECK-LABEL: func @groups
func.func @groups(%x: tensor<1x8x8x6xf32>, %dy: tensor<1x8x8x4xf32>) -> tensor<1x1x1x4xf32> {
  // CHECK: %[[I:.*]] = arith.constant dense<[1, 4]>
  // CHECK: %[[FEW:.*]] = nn.gather %{{.*}}, %[[I]]
  // CHECK: nn.conv2d_weight_grad %[[FEW]], %{{.*}} {groups = 2 : i64}
  %dw = nn.conv2d_weight_grad %x, %dy {groups = 2 : i64} : (tensor<1x8x8x6xf32>, tensor<1x8x8x4xf32>) -> tensor<1x1x3x4xf32>
  %i = arith.constant dense<[1]> : tensor<1xi64>
  %part = nn.gather %dw, %i {axis = 2 : i64} : (tensor<1x1x3x4xf32>, tensor<1xi64>) -> tensor<1x1x1x4xf32>
  return %part : tensor<1x1x1x4xf32>
}

// A depthwise convolution with two outputs a channel.
// CHECK-LABEL: func @depthwise
func.func @depthwise(%x: tensor<1x8x8x2xf32>, %dy: tensor<1x8x8x4xf32>) -> tensor<1x1x1x3xf32> {
  // CHECK-DAG: %[[IN:.*]] = arith.constant dense<[0, 0, 1]>
  // CHECK-DAG: %[[OUT:.*]] = arith.constant dense<[0, 1, 3]>
  // CHECK-DAG: nn.gather %arg0, %[[IN]] {axis = 3 : i64}
  // CHECK-DAG: nn.gather %arg1, %[[OUT]] {axis = 3 : i64}
  // CHECK: nn.conv2d_weight_grad {{.*}} {groups = 3 : i64}
  %dw = nn.conv2d_weight_grad %x, %dy {groups = 2 : i64} : (tensor<1x8x8x2xf32>, tensor<1x8x8x4xf32>) -> tensor<1x1x1x4xf32>
  %i = arith.constant dense<[0, 1, 3]> : tensor<3xi64>
  %part = nn.gather %dw, %i {axis = 3 : i64} : (tensor<1x1x1x4xf32>, tensor<3xi64>) -> tensor<1x1x1x3xf32>
  return %part : tensor<1x1x1x3xf32>
}

// A weight that two batched products use: through the sum and the reduction.
// CHECK-LABEL: func @products
func.func @products(%x: tensor<2x5x6xf32>, %dy: tensor<2x5x4xf32>, %z: tensor<5x6xf32>, %dz: tensor<5x4xf32>) -> tensor<3x4xf32> {
  // CHECK-DAG: nn.gather %arg0, %{{.*}} {axis = 2 : i64}
  // CHECK-DAG: nn.gather %arg2, %{{.*}} {axis = 1 : i64}
  // CHECK-DAG: nn.matmul {{.*}} {transpose_lhs} : (tensor<2x5x3xf32>, tensor<2x5x4xf32>) -> tensor<2x3x4xf32>
  // CHECK-DAG: nn.matmul {{.*}} {transpose_lhs} : (tensor<5x3xf32>, tensor<5x4xf32>) -> tensor<3x4xf32>
  // CHECK: nn.add {{.*}} : tensor<3x4xf32>
  %0 = nn.matmul %x, %dy {transpose_lhs} : (tensor<2x5x6xf32>, tensor<2x5x4xf32>) -> tensor<2x6x4xf32>
  %1 = nn.reduce sum %0 {axes = array<i64: 0>} : (tensor<2x6x4xf32>) -> tensor<6x4xf32>
  %2 = nn.matmul %z, %dz {transpose_lhs} : (tensor<5x6xf32>, tensor<5x4xf32>) -> tensor<6x4xf32>
  %3 = nn.add %1, %2 : tensor<6x4xf32>, tensor<6x4xf32>
  %i = arith.constant dense<[0, 2, 5]> : tensor<3xi64>
  %part = nn.gather %3, %i {axis = 0 : i64} : (tensor<6x4xf32>, tensor<3xi64>) -> tensor<3x4xf32>
  return %part : tensor<3x4xf32>
}

// Gradients of a depthwise convolution that are stored in bfloat16 are gathered
// so; the factor of a scaled loss comes last.
// CHECK-LABEL: func @narrow_format
func.func @narrow_format(%x: tensor<1x8x8x2xf32>, %n: tensor<1x8x8x2xbf16>) -> tensor<1x1x1x1xf32> {
  // CHECK: %[[G:.*]] = nn.gather %arg1, %{{.*}} {axis = 3 : i64} : (tensor<1x8x8x2xbf16>, tensor<1xi64>) -> tensor<1x8x8x1xbf16>
  // CHECK: nn.cast %[[G]] : tensor<1x8x8x1xbf16> to tensor<1x8x8x1xf32>
  // CHECK: %[[DW:.*]] = nn.conv2d_weight_grad {{.*}} -> tensor<1x1x1x1xf32>
  // CHECK: nn.mul %[[DW]]
  %dy = nn.cast %n : tensor<1x8x8x2xbf16> to tensor<1x8x8x2xf32>
  %dw = nn.conv2d_weight_grad %x, %dy {groups = 2 : i64} : (tensor<1x8x8x2xf32>, tensor<1x8x8x2xf32>) -> tensor<1x1x1x2xf32>
  %s = arith.constant dense<0.0009765625> : tensor<f32>
  %scaled = nn.mul %dw, %s : tensor<1x1x1x2xf32>, tensor<f32>
  %i = arith.constant dense<[1]> : tensor<1xi64>
  %part = nn.gather %scaled, %i {axis = 3 : i64} : (tensor<1x1x1x2xf32>, tensor<1xi64>) -> tensor<1x1x1x1xf32>
  return %part : tensor<1x1x1x1xf32>
}
