// RUN: coppice-opt %s --lowp-fold-dequantize | FileCheck %s
// RUN: coppice-opt %s --lowp-fold-dequantize --lowp-fold-dequantize | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5:3>
!w = !quant.uniform<i8:f32:3, {0.5, 0.25}>
!c = !quant.uniform<i8:f32:2, {0.5, 0.25, 1.0}>
!z = !quant.uniform<i8:f32:3, {0.5:1, 0.25:2}>
!m = !quant.uniform<i8:f32:1, {0.5, 0.25}>

// Output channels are summed over: their scales go to dy.
// CHECK-LABEL: @input_grad
// CHECK-NOT: lowp.dequantize
// CHECK: nn.conv2d_input_grad %{{.*}}, %{{.*}} : (tensor<1x2x2x2xf32>, tensor<1x1x3x2x!
func.func @input_grad(%dy: tensor<1x2x2x2xf32>, %q: tensor<1x1x3x2x!w>) -> tensor<1x2x2x3xf32> {
  %w = lowp.dequantize %q : tensor<1x1x3x2x!w> -> tensor<1x1x3x2xf32>
  %dx = nn.conv2d_input_grad %dy, %w : (tensor<1x2x2x2xf32>, tensor<1x1x3x2xf32>) -> tensor<1x2x2x3xf32>
  return %dx : tensor<1x2x2x3xf32>
}

// CHECK-LABEL: @weight_grad
// CHECK-NOT: lowp.dequantize
func.func @weight_grad(%q: tensor<1x2x2x3x!x>, %dy: tensor<1x2x2x2xf32>) -> tensor<1x1x3x2xf32> {
  %x = lowp.dequantize %q : tensor<1x2x2x3x!x> -> tensor<1x2x2x3xf32>
  %dw = nn.conv2d_weight_grad %x, %dy : (tensor<1x2x2x3xf32>, tensor<1x2x2x2xf32>) -> tensor<1x1x3x2xf32>
  return %dw : tensor<1x1x3x2xf32>
}

// CHECK-LABEL: @matmul
// CHECK-NOT: lowp.dequantize
func.func @matmul(%dy: tensor<4x2xf32>, %q: tensor<3x2x!m>) -> tensor<4x3xf32> {
  %w = lowp.dequantize %q : tensor<3x2x!m> -> tensor<3x2xf32>
  %dx = nn.matmul %dy, %w {transpose_rhs} : (tensor<4x2xf32>, tensor<3x2xf32>) -> tensor<4x3xf32>
  return %dx : tensor<4x3xf32>
}

// A forward product looks like one of a gradient, and reads codes too; a forward
// convolution of floats does not.
// CHECK-LABEL: @forward
// CHECK: nn.matmul %{{.*}}, %{{.*}} {transpose_rhs} : (tensor<4x2xf32>, tensor<3x2x!
// CHECK: lowp.dequantize
// CHECK: nn.conv2d %{{.*}} : (tensor<1x2x2x3xf32>, tensor<1x1x3x2xf32>)
func.func @forward(%x: tensor<4x2xf32>, %q: tensor<3x2x!m>, %i: tensor<1x2x2x3xf32>, %r: tensor<1x1x3x2x!w>) -> (tensor<4x3xf32>, tensor<1x2x2x2xf32>) {
  %w = lowp.dequantize %q : tensor<3x2x!m> -> tensor<3x2xf32>
  %y = nn.matmul %x, %w {transpose_rhs} : (tensor<4x2xf32>, tensor<3x2xf32>) -> tensor<4x3xf32>
  %v = lowp.dequantize %r : tensor<1x1x3x2x!w> -> tensor<1x1x3x2xf32>
  %c = nn.conv2d %i, %v : (tensor<1x2x2x3xf32>, tensor<1x1x3x2xf32>) -> tensor<1x2x2x2xf32>
  return %y, %c : tensor<4x3xf32>, tensor<1x2x2x2xf32>
}

// Zero points that differ stay in the sum, and so do the input channels' scales
// of a grouped convolution.
// CHECK-LABEL: @kept
// CHECK-COUNT-2: lowp.dequantize
func.func @kept(%dy: tensor<1x2x2x2xf32>, %q: tensor<1x1x3x2x!z>, %g: tensor<1x1x3x2x!c>) -> (tensor<1x2x2x3xf32>, tensor<1x2x2x6xf32>) {
  %w = lowp.dequantize %q : tensor<1x1x3x2x!z> -> tensor<1x1x3x2xf32>
  %dx = nn.conv2d_input_grad %dy, %w : (tensor<1x2x2x2xf32>, tensor<1x1x3x2xf32>) -> tensor<1x2x2x3xf32>
  %v = lowp.dequantize %g : tensor<1x1x3x2x!c> -> tensor<1x1x3x2xf32>
  %dg = nn.conv2d_input_grad %dy, %v {groups = 2 : i64} : (tensor<1x2x2x2xf32>, tensor<1x1x3x2xf32>) -> tensor<1x2x2x6xf32>
  return %dx, %dg : tensor<1x2x2x3xf32>, tensor<1x2x2x6xf32>
}

// A product that reads reals through an edge reads codes through one.
// CHECK-LABEL: @saved
func.func @saved(%q: tensor<4x3x!x>, %dy: tensor<4x2xf32>) -> (tensor<4x3xf32>, tensor<3x2xf32>) {
  %x = lowp.dequantize %q : tensor<4x3x!x> -> tensor<4x3xf32>
  %y = nn.exp %x : tensor<4x3xf32>
  // CHECK: %[[CODES:.*]] = train.saved #train.keep %arg0
  // CHECK: nn.matmul %[[CODES]], %{{.*}} {transpose_lhs}
  %s = train.saved #train.keep %x : tensor<4x3xf32>
  %dw = nn.matmul %s, %dy {transpose_lhs} : (tensor<4x3xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
  return %y, %dw : tensor<4x3xf32>, tensor<3x2xf32>
}
