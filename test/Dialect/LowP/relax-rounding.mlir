// RUN: coppice-opt %s --lowp-relax-rounding | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5:1>
!y = !quant.uniform<i8<-10:127>:f32, 0.25:-10>
!w = !quant.uniform<i8:f32:3, {0.5, 0.25}>
!b = !quant.uniform<i32:f32:0, {0.25, 0.125}>

// CHECK: train.parameter @w : tensor<1x1x1x2xf32> = dense<{{.*}}[2.000000e+00, -1.000000e+00]{{.*}}> : tensor<1x1x1x2xf32>
// CHECK-NOT: quantized
train.parameter @w : tensor<1x1x1x2xi8> = dense<[[[[4, -4]]]]> : tensor<1x1x1x2xi8> {quantized = !w}
// CHECK: train.parameter @b : tensor<2xf32> = dense<[2.000000e+00, -1.250000e-01]>
train.parameter @b : tensor<2xi32> = dense<[8, -1]> : tensor<2xi32> {quantized = !b}

// CHECK-LABEL: @infer
// CHECK-SAME: %[[X:.*]]: tensor<1x2x2x1xf32>
func.func @infer(%x: tensor<1x2x2x1xf32>) -> tensor<1x2xf64> {
  // CHECK: %[[IN:.*]] = nn.clip %[[X]] {high = 6.300000e+01 : f64, low = -6.450000e+01 : f64, lowp.clamped = !quant.uniform<i8:f32, 5.000000e-01:1>}
  %q = lowp.quantize %x : tensor<1x2x2x1xf32> -> tensor<1x2x2x1x!x>
  %w = train.read @w : tensor<1x1x1x2x!w>
  %b = train.read @b : tensor<2x!b>
  // A rectifier is in the range: its low end is 0.
  // CHECK: %[[CONV:.*]] = nn.conv2d %[[IN]], %{{.*}}, %{{.*}} : {{.*}} -> tensor<1x2x2x2xf32>
  // CHECK: %[[Y:.*]] = nn.clip %[[CONV]] {high = 3.425000e+01 : f64, low = 0.000000e+00 : f64, lowp.clamped = !quant
  %y = nn.conv2d %q, %w, %b : (tensor<1x2x2x1x!x>, tensor<1x1x1x2x!w>, tensor<2x!b>) -> tensor<1x2x2x2x!y>
  // CHECK: %[[M:.*]] = nn.reduce mean %[[Y]]
  // CHECK-NOT: nn.clip
  %m = nn.reduce mean %y {axes = array<i64: 1, 2>} : (tensor<1x2x2x2x!y>) -> tensor<1x2x!y>
  // CHECK: nn.cast %[[M]] : tensor<1x2xf32> to tensor<1x2xf64>
  %d = lowp.dequantize %m : tensor<1x2x!y> -> tensor<1x2xf64>
  return %d : tensor<1x2xf64>
}

// A learned scale's gradient becomes the derivative; a frozen one stays frozen.
// CHECK-LABEL: @fake
func.func @fake(%x: tensor<4xf32>, %s: tensor<f32>) -> tensor<4xf32> {
  // CHECK: %[[Y:.*]] = lowp.fake_quant %{{.*}}, %{{.*}}[-8, 7] {relaxed} :
  %y = lowp.fake_quant %x, %s [-8, 7] {gradient_scale = 0.5 : f64} : tensor<4xf32>, tensor<f32>
  // CHECK: lowp.fake_quant %[[Y]], %{{.*}}[-8, 7] {gradient_scale = 0.000000e+00 : f64, relaxed} :
  %z = lowp.fake_quant %y, %s [-8, 7] {gradient_scale = 0.0 : f64} : tensor<4xf32>, tensor<f32>
  return %z : tensor<4xf32>
}
