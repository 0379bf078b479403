// Ops of lowp print as they parse; a type with a scale per channel gets an
// alias, for it may be a page long.
// RUN: coppice-opt %s | coppice-opt | FileCheck %s

// CHECK: !per_axis_i8 = !quant.uniform<i8:f32:1, {5.000000e-01,2.500000e-01:3}>

// CHECK-LABEL: @convert
// CHECK-SAME: tensor<4x2x!per_axis_i8>
func.func @convert(%x: tensor<4x2xf32>, %w: tensor<4x2x!quant.uniform<i8:f32:1, {0.5, 0.25:3}>>) -> tensor<4x2xf32> {
  // CHECK: lowp.quantize %{{.*}} : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i16:f32, 5.000000e-01:3>>
  %wide = lowp.quantize %x : tensor<4x2xf32> -> tensor<4x2x!quant.uniform<i16:f32, 0.5:3>>
  // CHECK: lowp.clamp %{{.*}} -> tensor<4x2x!quant.uniform<i8<-10:127>:f32, 5.000000e-01:3>>, tensor<1xi8>
  %q, %mask = lowp.clamp %wide : tensor<4x2x!quant.uniform<i16:f32, 0.5:3>>
      -> tensor<4x2x!quant.uniform<i8<-10:127>:f32, 0.5:3>>, tensor<1xi8>
  // CHECK: nn.add %{{.*}} : tensor<4x2x!quant.uniform<i8<-10:127>:f32, 5.000000e-01:3>>, tensor<4x2x!per_axis_i8> -> tensor<4x2x!quant.uniform<i8:f32, 1.000000e+00>>
  %sum = nn.add %q, %w : tensor<4x2x!quant.uniform<i8<-10:127>:f32, 0.5:3>>, tensor<4x2x!quant.uniform<i8:f32:1, {0.5, 0.25:3}>> -> tensor<4x2x!quant.uniform<i8:f32, 1.0>>
  // CHECK: lowp.dequantize
  %y = lowp.dequantize %sum : tensor<4x2x!quant.uniform<i8:f32, 1.0>> -> tensor<4x2xf32>
  // CHECK: lowp.select_by_mask %{{.*}}, %{{.*}} : tensor<4x2xf32>, tensor<1xi8>
  %z = lowp.select_by_mask %y, %mask : tensor<4x2xf32>, tensor<1xi8>
  return %z : tensor<4x2xf32>
}

// CHECK-LABEL: @round
func.func @round(%x: tensor<3xf32>, %seed: tensor<i64>) -> (tensor<3xi8>, tensor<3xi32>) {
  // CHECK: lowp.round stochastic %{{.*}}, %{{.*}} {stream = 2 : i64} : tensor<3xf32>, tensor<i64> -> tensor<3xi8>
  %0 = lowp.round stochastic %x, %seed {stream = 2 : i64} : tensor<3xf32>, tensor<i64> -> tensor<3xi8>
  // CHECK: lowp.round nearest %{{.*}} : tensor<3xf32> -> tensor<3xi32>
  %1 = lowp.round nearest %x : tensor<3xf32> -> tensor<3xi32>
  return %0, %1 : tensor<3xi8>, tensor<3xi32>
}

// CHECK: train.parameter @w : tensor<2xi8> = dense<[1, 2]> : tensor<2xi8> {quantized = !quant.uniform<i8:f32, 5.000000e-01>}
train.parameter @w : tensor<2xi8> = dense<[1, 2]> : tensor<2xi8> {quantized = !quant.uniform<i8:f32, 0.5>}
// CHECK-LABEL: @read
func.func @read() -> tensor<2x!quant.uniform<i8:f32, 0.5>> {
  %w = train.read @w : tensor<2x!quant.uniform<i8:f32, 0.5>>
  return %w : tensor<2x!quant.uniform<i8:f32, 0.5>>
}

// CHECK-LABEL: @fake
func.func @fake(%x: tensor<3x2xf32>, %s: tensor<f32>, %t: tensor<2xf32>) -> tensor<3x2xf32> {
  // CHECK: lowp.fake_quant %{{.*}}, %{{.*}}[-8, 7] {zero_point = -8 : i64} : tensor<3x2xf32>, tensor<f32>
  %y = lowp.fake_quant %x, %s [-8, 7] {zero_point = -8 : i64} : tensor<3x2xf32>, tensor<f32>
  // CHECK: lowp.fake_quant %{{.*}}, %{{.*}}[-127, 127] {axis = 1 : i64, gradient_scale = 1.250000e-01 : f64, relaxed} : tensor<3x2xf32>, tensor<2xf32>
  %z = lowp.fake_quant %y, %t [-127, 127] {axis = 1 : i64, gradient_scale = 0.125 : f64, relaxed} : tensor<3x2xf32>, tensor<2xf32>
  // CHECK: lowp.fake_quant_input_grad %{{.*}}, %{{.*}}, %{{.*}}[-127, 127] {axis = 1 : i64} : tensor<3x2xf32>, tensor<2xf32>
  %dx = lowp.fake_quant_input_grad %z, %y, %t [-127, 127] {axis = 1 : i64} : tensor<3x2xf32>, tensor<2xf32>
  // CHECK: lowp.fake_quant_scale_grad %{{.*}}, %{{.*}}, %{{.*}}[-8, 7] : tensor<3x2xf32>, tensor<f32>
  %ds = lowp.fake_quant_scale_grad %dx, %x, %s [-8, 7] : tensor<3x2xf32>, tensor<f32>
  return %dx : tensor<3x2xf32>
}

// CHECK-LABEL: @run_time_scales
func.func @run_time_scales(%x: tensor<4x8xf32>, %seed: tensor<i64>) -> (tensor<4x8xf32>, tensor<4xi8>) {
  // CHECK: %[[Q:.*]], %[[S:.*]] = lowp.encode stochastic %{{.*}}, %{{.*}} {stream = 2 : i64} : tensor<4x8xf32>, tensor<i64> -> tensor<4x8xi8>, tensor<8xf32>
  %q, %s = lowp.encode stochastic %x, %seed {stream = 2 : i64} : tensor<4x8xf32>, tensor<i64> -> tensor<4x8xi8>, tensor<8xf32>
  // CHECK: lowp.range_mask %{{.*}} {high = 6.000000e+00 : f64, low = 0.000000e+00 : f64} : tensor<4x8xf32> -> tensor<4xi8>
  %mask = lowp.range_mask %x {low = 0.0, high = 6.0} : tensor<4x8xf32> -> tensor<4xi8>
  // CHECK: %[[T:.*]] = lowp.select_by_mask %[[Q]], %{{.*}} : tensor<4x8xi8>, tensor<4xi8>
  %t = lowp.select_by_mask %q, %mask : tensor<4x8xi8>, tensor<4xi8>
  // CHECK: lowp.decode %[[T]], %[[S]] : tensor<4x8xi8>, tensor<8xf32> -> tensor<4x8xf32>
  %y = lowp.decode %t, %s : tensor<4x8xi8>, tensor<8xf32> -> tensor<4x8xf32>
  return %y, %mask : tensor<4x8xf32>, tensor<4xi8>
}
