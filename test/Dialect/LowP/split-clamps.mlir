// Layers between a trained tensor and the loss give their wide codes and a
// clamp with a mask; all others clamp by themselves.
// RUN: coppice-opt %s --lowp-split-clamps --split-input-file | FileCheck %s
// RUN: coppice-opt %s --lowp-split-clamps --canonicalize --split-input-file | FileCheck %s --check-prefix=JOIN

!x = !quant.uniform<i8:f32, 0.5:3>
!y = !quant.uniform<i8<-10:127>:f32, 0.25:-10>
!w = !quant.uniform<i8:f32:3, {0.1, 0.2}>
!b = !quant.uniform<i32:f32:0, {0.05, 0.1}>

// CHECK-LABEL: @path
// JOIN-LABEL: @path
func.func @path(%x: tensor<1x2x2x2xf32>, %w: tensor<1x1x2x2x!w>, %b: tensor<2x!b>) -> tensor<2xf32> {
  // Before the trained layer nothing is split.
  // CHECK: lowp.quantize %{{.*}} -> tensor<1x2x2x2x!quant.uniform<i8:f32, 5.000000e-01:3>>
  %q = lowp.quantize %x : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!x>
  // CHECK: %[[CONV:.*]] = nn.conv2d {{.*}} -> tensor<1x2x2x2x!quant.uniform<i16:f32, 2.500000e-01:-10>>
  // CHECK: %[[Q:.*]], %{{.*}} = lowp.clamp %[[CONV]] : {{.*}} -> tensor<1x2x2x2x!quant.uniform<i8<-10:127>:f32, 2.500000e-01:-10>>, tensor<1xi8>
  %c = nn.conv2d %q, %w, %b : (tensor<1x2x2x2x!x>, tensor<1x1x2x2x!w>, tensor<2x!b>) -> tensor<1x2x2x2x!y>
  // Selecting and averaging codes clamps nothing.
  // CHECK: %[[POOL:.*]] = nn.max_pool2d %[[Q]]
  // CHECK-NEXT: nn.reduce mean %[[POOL]] {{.*}} -> tensor<1x2x!quant.uniform<i8<-10:127>:f32, 2.500000e-01:-10>>
  %p = nn.max_pool2d %c {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x2x2x2x!y>) -> tensor<1x1x1x2x!y>
  %m = nn.reduce mean %p {axes = array<i64: 1, 2>} : (tensor<1x1x1x2x!y>) -> tensor<1x2x!y>
  // With another scale it may.
  // CHECK: nn.reduce mean {{.*}} -> tensor<2x!quant.uniform<i16:f32, 1.250000e-01>>
  // CHECK: lowp.clamp
  %r = nn.reduce mean %m {axes = array<i64: 0>} : (tensor<1x2x!y>) -> tensor<2x!quant.uniform<i8:f32, 0.125>>
  // CHECK-NOT: lowp.clamp
  %d = lowp.dequantize %r : tensor<2x!quant.uniform<i8:f32, 0.125>> -> tensor<2xf32>
  %loss = nn.reduce sum %d {axes = array<i64: 0>} : (tensor<2xf32>) -> tensor<f32>
  %db = train.gradient %loss wrt %b : (tensor<f32>, tensor<2x!b>) -> tensor<2xf32>
  return %db : tensor<2xf32>
}
// The masks have no reader, so the clamps join their layers again.
// JOIN-NOT: lowp.clamp

// A function without a gradient request stays as it is.
// CHECK-LABEL: @inference
// CHECK-NOT: lowp.clamp
// CHECK: return
func.func @inference(%x: tensor<4xf32>) -> tensor<4x!x> {
  %q = lowp.quantize %x : tensor<4xf32> -> tensor<4x!x>
  return %q : tensor<4x!x>
}

// -----

!a = !quant.uniform<i16<0:32767>:f32, 0.001>

// 16 bits clamp as well: a rectifier that joined the layer is this range.
// CHECK-LABEL: @sixteen
func.func @sixteen(%x: tensor<4x!a>) -> tensor<4xf32> {
  // CHECK: %[[WIDE:.*]] = nn.tanh %{{.*}} -> tensor<4x!quant.uniform<i32:f32, 1.000000e-03>>
  // CHECK: lowp.clamp %[[WIDE]] : {{.*}} -> tensor<4x!quant.uniform<i16<0:32767>:f32, 1.000000e-03>>
  %t = nn.tanh %x : tensor<4x!a>
  %d = lowp.dequantize %t : tensor<4x!a> -> tensor<4xf32>
  %loss = nn.reduce sum %d {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<4x!a>) -> tensor<4xf32>
  return %dx : tensor<4xf32>
}

// -----

!wide = !quant.uniform<i16:f32, 0.5>
!narrow = !quant.uniform<i8:f32, 0.5>

// A clamp stays where its mask is read, where its layer has other users, and
// behind an op that keeps its operand's type.
// JOIN-LABEL: @stays
func.func @stays(%x: tensor<8xf32>, %y: tensor<8x!wide>) -> (tensor<8x!narrow>, tensor<1xi8>, tensor<8x!narrow>, tensor<8x!wide>, tensor<2x4x!narrow>) {
  // JOIN-COUNT-3: lowp.clamp
  // JOIN: return
  %a = lowp.quantize %x : tensor<8xf32> -> tensor<8x!wide>
  %0, %mask = lowp.clamp %a : tensor<8x!wide> -> tensor<8x!narrow>, tensor<1xi8>
  %b = nn.add %y, %a : tensor<8x!wide>, tensor<8x!wide>
  %1, %unread1 = lowp.clamp %b : tensor<8x!wide> -> tensor<8x!narrow>, tensor<1xi8>
  %c = nn.reshape %y : tensor<8x!wide> -> tensor<2x4x!wide>
  %2, %unread2 = lowp.clamp %c : tensor<2x4x!wide> -> tensor<2x4x!narrow>, tensor<1xi8>
  return %0, %mask, %1, %b, %2 : tensor<8x!narrow>, tensor<1xi8>, tensor<8x!narrow>, tensor<8x!wide>, tensor<2x4x!narrow>
}
