// RUN: coppice-opt %s --nn-scale-factors | FileCheck %s

!w = !quant.uniform<i8:f32:3, {0.5, 0.25}>

// One scale for each channel of dy, over which the gradient sums.
// CHECK-LABEL: func @input_grad
// CHECK: %[[S:.*]] = arith.constant dense<{{\[+}}5.000000e-01, 2.500000e-01]]]]> : tensor<1x1x1x2xf32>
// CHECK: %[[DY:.*]] = nn.mul %arg0, %[[S]]
// CHECK: %[[CODES:.*]] = quant.scast %arg1
// CHECK: %[[W:.*]] = quant.scast %[[CODES]] : tensor<1x1x3x2xi8> to tensor<1x1x3x2x!quant.uniform<i8:f32, 1.000000e+00>>
// CHECK: nn.conv2d_input_grad %[[DY]], %[[W]]
func.func @input_grad(%dy: tensor<1x4x4x2xf32>, %w: tensor<1x1x3x2x!w>) -> tensor<1x4x4x3xf32> {
  %dx = nn.conv2d_input_grad %dy, %w : (tensor<1x4x4x2xf32>, tensor<1x1x3x2x!w>) -> tensor<1x4x4x3xf32>
  return %dx : tensor<1x4x4x3xf32>
}

// A product with a scale is as wide as a sum.
// CHECK-LABEL: func @narrow
// CHECK: nn.cast %arg0 : tensor<4x2xbf16> to tensor<4x2xf32>
// CHECK: %[[Y:.*]] = nn.matmul {{.*}} -> tensor<4x3xf32>
// CHECK: nn.cast %[[Y]] : tensor<4x3xf32> to tensor<4x3xbf16>
func.func @narrow(%x: tensor<4x2xbf16>, %w: tensor<3x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>>) -> tensor<4x3xbf16> {
  %y = nn.matmul %x, %w {transpose_rhs} : (tensor<4x2xbf16>, tensor<3x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>>) -> tensor<4x3xbf16>
  return %y : tensor<4x3xbf16>
}

// Scales of the result's channels leave the sum.
// CHECK-LABEL: func @outer
// CHECK-NOT: nn.mul
func.func @outer(%x: tensor<4x2xf32>, %w: tensor<2x3x!quant.uniform<i8:f32:1, {0.5, 0.25, 2.0}>>) -> tensor<4x3xf32> {
  %y = nn.matmul %x, %w : (tensor<4x2xf32>, tensor<2x3x!quant.uniform<i8:f32:1, {0.5, 0.25, 2.0}>>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}
