// A layer whose input has codes gets codes for its weight and bias. A scale is
// a parameter. Results that only carry a range are removed.
// RUN: coppice-opt %s --lowp-insert-fake-quant=bits=4 | FileCheck %s

// CHECK-DAG: train.parameter @x_scale : tensor<f32> = dense<7.8431{{.*}}E-4> : tensor<f32> {external_name = "x_scale", lowp.scale_of = "x", train.relative_update}
// CHECK-DAG: train.parameter @conv.weight_scale : tensor<2xf32> = dense<[1.000000e-01, 2.000000e-01]> {{.*}}train.relative_update
// CHECK-DAG: train.parameter @hidden_scale : tensor<f32> = dense<1.000000e-01>
// CHECK-DAG: train.parameter @fc.weight_scale : tensor<3xf32>
// CHECK-DAG: train.parameter @shift_scale : tensor<f32>
train.parameter @w : tensor<2x1x1x2xf32> = dense<[[[[12.7, 6.0]]], [[[-25.4, 0.0]]]]> : tensor<2x1x1x2xf32> {external_name = "conv.weight"}
train.parameter @b : tensor<2xf32> = dense<[1.0, 2.0]> : tensor<2xf32> {external_name = "conv.bias"}
train.parameter @fc : tensor<3x4xf32> = dense<1.0> : tensor<3x4xf32> {external_name = "fc.weight"}
train.parameter @c : tensor<1x3xf32> = dense<0.5> : tensor<1x3xf32> {external_name = "fc.bias"}
// CHECK-NOT: lowp.range
train.parameter @shift : tensor<3xf32> = dense<[0.0, 1.0, 2.0]> : tensor<3xf32> {external_name = "shift", lowp.range = array<f64: 0.0, 2.0>, lowp.bits = 8 : i64}

// CHECK-LABEL: func.func @infer
// CHECK-SAME: %[[X:.*]]: tensor<1x1x2x2xf32> {coppice.role = #coppice.role<input "x">}) -> (tensor<1x3xf32> {coppice.role = #coppice.role<output "y">}) {
func.func @infer(%x: tensor<1x1x2x2xf32> {coppice.role = #coppice.role<input "x">, lowp.range = array<f64: 0.0, 0.2>, lowp.bits = 8 : i64})
    -> (tensor<1x3xf32> {coppice.role = #coppice.role<output "y">}, tensor<1x2x1x2xf32> {coppice.role = #coppice.role<output "hidden">, lowp.range = array<f64: -0.5, 1.0>, lowp.inner}) {
  // 2 x 2 features a sample, 255 codes above 0.
  // CHECK: %[[SX:.*]] = train.read @x_scale
  // CHECK: %[[XQ:.*]] = lowp.fake_quant %[[X]], %[[SX]][-128, 127] {gradient_scale = 0.031311214554257477 : f64, zero_point = -128 : i64}
  %w = train.read @w : tensor<2x1x1x2xf32>
  %hwio = nn.transpose %w {permutation = array<i64: 2, 3, 1, 0>} : (tensor<2x1x1x2xf32>) -> tensor<1x2x1x2xf32>
  %b = train.read @b : tensor<2xf32>
  %nhwc = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x1x2x2xf32>) -> tensor<1x2x2x1xf32>
  // CHECK: %[[SW:.*]] = train.read @conv.weight_scale
  // CHECK: %[[WQ:.*]] = lowp.fake_quant %{{.*}}, %[[SW]][-127, 127] {axis = 3 : i64, gradient_scale = 0.062745{{.*}} : f64}
  // The scale of a bias is the product of those of input and weight.
  // CHECK: %[[SB:.*]] = nn.mul %[[SX]], %[[SW]] : tensor<f32>, tensor<2xf32>
  // CHECK: %[[BQ:.*]] = lowp.fake_quant %{{.*}}, %[[SB]][-2147483648, 2147483647] {axis = 0 : i64, gradient_scale = 0.000000e+00 : f64}
  // CHECK: nn.conv2d %{{.*}}, %[[WQ]], %[[BQ]]
  %y = nn.conv2d %nhwc, %hwio, %b : (tensor<1x2x2x1xf32>, tensor<1x2x1x2xf32>, tensor<2xf32>) -> tensor<1x2x1x2xf32>
  %h = nn.transpose %y {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x2x1x2xf32>) -> tensor<1x2x2x1xf32>
  %hidden = nn.reshape %h : tensor<1x2x2x1xf32> -> tensor<1x2x1x2xf32>
  // 4 bits by default: 15 steps of 0.1, zero at code -3.
  // CHECK: %[[HQ:.*]] = lowp.fake_quant %{{.*}}, %{{.*}}[-8, 7] {gradient_scale = {{.*}}, zero_point = -3 : i64}
  %flat = nn.reshape %hidden : tensor<1x2x1x2xf32> -> tensor<1x4xf32>
  %fc = train.read @fc : tensor<3x4xf32>
  // CHECK: lowp.fake_quant %{{.*}}, %{{.*}}[-7, 7] {axis = 0 : i64
  // CHECK: nn.matmul
  %m = nn.matmul %flat, %fc {transpose_rhs} : (tensor<1x4xf32>, tensor<3x4xf32>) -> tensor<1x3xf32>
  %c = train.read @c : tensor<1x3xf32>
  // CHECK: lowp.fake_quant %{{.*}}, %{{.*}}[-2147483648, 2147483647] {axis = 1 : i64
  %n = nn.add %m, %c : tensor<1x3xf32>, tensor<1x3xf32>
  // CHECK: %[[SHIFT:.*]] = lowp.fake_quant %{{.*}}, %{{.*}}[-128, 127] {gradient_scale
  %shift = train.read @shift : tensor<3xf32>
  // CHECK: %[[Y:.*]] = nn.add %{{.*}}, %[[SHIFT]]
  %z = nn.add %n, %shift : tensor<1x3xf32>, tensor<3xf32>
  // CHECK: return %[[Y]] : tensor<1x3xf32>
  return %z, %hidden : tensor<1x3xf32>, tensor<1x2x1x2xf32>
}
