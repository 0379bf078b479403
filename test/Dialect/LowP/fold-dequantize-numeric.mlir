// Products of codes and floats are those of the real values, with padding,
// strides, groups and zero points: what is read as codes equals what is computed
// from doubled floats, which nothing folds, and halved. Every number is exact.
// RUN: coppice-opt %s --lowp-fold-dequantize | FileCheck %s
// RUN: coppice-opt %s --lowp-fold-dequantize | coppice-run -

!u = !quant.uniform<u8:f32, 0.25:130>
!w = !quant.uniform<i8:f32:3, {0.5, 0.25}>
!k = !quant.uniform<i8:f32:0, {0.5, 2.0}>

// CHECK-LABEL: @input_grad
// CHECK: nn.conv2d_input_grad {{.*}}x!per_axis
func.func @input_grad() {
  %dy = arith.constant dense<[[[[1.0, -2.0], [0.5, 4.0]], [[3.0, 1.0], [-1.0, 2.0]]]]> : tensor<1x2x2x2xf32>
  %i = arith.constant dense<[[[[3, -5], [7, 11]], [[2, 9], [-128, 127]]], [[[1, 0], [-6, 4]], [[8, -3], [5, 10]]]]> : tensor<2x2x2x2xi8>
  %q = quant.scast %i : tensor<2x2x2x2xi8> to tensor<2x2x2x2x!w>
  %w = lowp.dequantize %q : tensor<2x2x2x2x!w> -> tensor<2x2x2x2xf32>
  %dx = nn.conv2d_input_grad %dy, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 0, 0, 1>} : (tensor<1x2x2x2xf32>, tensor<2x2x2x2xf32>) -> tensor<1x3x3x2xf32>
  %w2 = nn.add %w, %w : tensor<2x2x2x2xf32>, tensor<2x2x2x2xf32> -> tensor<2x2x2x2xf32>
  %dx2 = nn.conv2d_input_grad %dy, %w2 {strides = array<i64: 2, 2>, pads = array<i64: 1, 0, 0, 1>} : (tensor<1x2x2x2xf32>, tensor<2x2x2x2xf32>) -> tensor<1x3x3x2xf32>
  %half = arith.constant dense<0.5> : tensor<f32>
  %expected = nn.mul %dx2, %half : tensor<1x3x3x2xf32>, tensor<f32> -> tensor<1x3x3x2xf32>
  check.expect_eq %dx, %expected : tensor<1x3x3x2xf32>
  return
}

// CHECK-LABEL: @depthwise_weight_grad
// CHECK: nn.conv2d_weight_grad {{.*}}x!quant
func.func @depthwise_weight_grad() {
  %i = arith.constant dense<[[[[3, -56], [7, -126]], [[2, 9], [-1, 127]]]]> : tensor<1x2x2x2xi8>
  %q = quant.scast %i : tensor<1x2x2x2xi8> to tensor<1x2x2x2x!u>
  %x = lowp.dequantize %q : tensor<1x2x2x2x!u> -> tensor<1x2x2x2xf32>
  %dy = arith.constant dense<[[[[1.0, -2.0], [0.5, 4.0]], [[3.0, 1.0], [-1.0, 2.0]]]]> : tensor<1x2x2x2xf32>
  %dw = nn.conv2d_weight_grad %x, %dy {groups = 2 : i64, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<3x3x1x2xf32>
  %x2 = nn.add %x, %x : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32> -> tensor<1x2x2x2xf32>
  %dw2 = nn.conv2d_weight_grad %x2, %dy {groups = 2 : i64, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<3x3x1x2xf32>
  %half = arith.constant dense<0.5> : tensor<f32>
  %expected = nn.mul %dw2, %half : tensor<3x3x1x2xf32>, tensor<f32> -> tensor<3x3x1x2xf32>
  check.expect_eq %dw, %expected : tensor<3x3x1x2xf32>
  return
}

// Once the scales of axis 0 leave the sum, once they are summed over.
// CHECK-LABEL: @matmul
// CHECK: nn.matmul {{.*}}x!per_axis
// CHECK: nn.matmul {{.*}}x!per_axis
func.func @matmul() {
  %i = arith.constant dense<[[3, -5, 7], [2, 9, -128]]> : tensor<2x3xi8>
  %q = quant.scast %i : tensor<2x3xi8> to tensor<2x3x!k>
  %a = lowp.dequantize %q : tensor<2x3x!k> -> tensor<2x3xf32>
  %b = arith.constant dense<[[1.0, -2.0, 0.5], [0.25, 4.0, -1.0]]> : tensor<2x3xf32>
  %outer = nn.matmul %b, %a {transpose_rhs} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x2xf32>
  %inner = nn.matmul %a, %b {transpose_lhs} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<3x3xf32>
  %a2 = nn.add %a, %a : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  %outer2 = nn.matmul %b, %a2 {transpose_rhs} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x2xf32>
  %inner2 = nn.matmul %a2, %b {transpose_lhs} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<3x3xf32>
  %half = arith.constant dense<0.5> : tensor<f32>
  %outer_e = nn.mul %outer2, %half : tensor<2x2xf32>, tensor<f32> -> tensor<2x2xf32>
  %inner_e = nn.mul %inner2, %half : tensor<3x3xf32>, tensor<f32> -> tensor<3x3xf32>
  check.expect_eq %outer, %outer_e : tensor<2x2xf32>
  check.expect_eq %inner, %inner_e : tensor<3x3xf32>
  return
}
