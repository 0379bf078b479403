// The bytes that the schedule predicts equal those of the kernels' buffers.
// RUN: coppice-opt %s --coppice-phase-schedule --coppice-phase-kernels --coppice-phase-plan | FileCheck %s

// The sum, the bias, the residual and the activation are one kernel, which
// writes into the border of the next. A 1x1 convolution reads the middle of it.
// CHECK-LABEL: func @residual
// CHECK-SAME: plan.arena_bytes = [[N:[0-9]+]] : i64
// CHECK-SAME: plan.lower_bound_bytes = [[N]] : i64
// CHECK-SAME: live_bytes = [[N]] : i64
func.func @residual(%x: tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32> {
  %w = arith.constant dense<0.5> : tensor<3x3x16x16xf32>
  %p = arith.constant dense<0.5> : tensor<1x1x16x16xf32>
  %b = arith.constant dense<0.5> : tensor<16xf32>
  %0 = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xf32>, tensor<3x3x16x16xf32>, tensor<16xf32>) -> tensor<1x8x8x16xf32>
  %1 = nn.relu %0 : tensor<1x8x8x16xf32>
  %2 = nn.conv2d %1, %w, %b {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xf32>, tensor<3x3x16x16xf32>, tensor<16xf32>) -> tensor<1x8x8x16xf32>
  %3 = nn.conv2d %1, %p : (tensor<1x8x8x16xf32>, tensor<1x1x16x16xf32>) -> tensor<1x8x8x16xf32>
  %4 = nn.add %2, %3 : tensor<1x8x8x16xf32>, tensor<1x8x8x16xf32>
  %5 = nn.relu %4 : tensor<1x8x8x16xf32>
  %6 = nn.conv2d %5, %w, %b {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x16xf32>, tensor<3x3x16x16xf32>, tensor<16xf32>) -> tensor<1x8x8x16xf32>
  return %6 : tensor<1x8x8x16xf32>
}

// An elementwise op that joins no kernel writes where it reads: 256 bytes, and
// 16 of what is gathered.
// CHECK-LABEL: func @inPlace
// CHECK-SAME: plan.arena_bytes = 272 : i64
// CHECK-SAME: live_bytes = 272 : i64
func.func @inPlace(%x: tensor<56xf32>, %i: tensor<4xi32>) -> tensor<f32> {
  %a = nn.pad %x {low = array<i64: 4>, high = array<i64: 4>} : (tensor<56xf32>) -> tensor<64xf32>
  %b = nn.exp %a : tensor<64xf32>
  %c = nn.gather %b, %i {axis = 0 : i64} : (tensor<64xf32>, tensor<4xi32>) -> tensor<4xf32>
  %d = nn.reduce sum %c {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  return %d : tensor<f32>
}

// The last step of a softmax moves into the product behind it: its sums live
// until then, and the product takes the place of the powers.
// CHECK-LABEL: func @tail
// CHECK-SAME: plan.arena_bytes = 1088 : i64
// CHECK-SAME: live_bytes = 1088 : i64
func.func @tail(%x: tensor<16x16xf32>, %y: tensor<16x16xf32>, %i: tensor<4xi32>) -> tensor<4x16xf32> {
  %a = nn.softmax %x {axis = 1 : i64} : tensor<16x16xf32>
  %b = nn.mul %a, %y : tensor<16x16xf32>, tensor<16x16xf32>
  %c = nn.gather %b, %i {axis = 0 : i64} : (tensor<16x16xf32>, tensor<4xi32>) -> tensor<4x16xf32>
  return %c : tensor<4x16xf32>
}

// The parts of a concatenation are made where they will be.
// CHECK-LABEL: func @concat
// CHECK-SAME: plan.arena_bytes = 1024 : i64
// CHECK-SAME: live_bytes = 1024 : i64
func.func @concat(%x: tensor<64xf32>, %i: tensor<128xi32>) -> tensor<f32> {
  %a = nn.exp %x : tensor<64xf32>
  %b = nn.log %x : tensor<64xf32>
  %c = nn.concat %a, %b {axis = 0 : i64} : (tensor<64xf32>, tensor<64xf32>) -> tensor<128xf32>
  %d = nn.gather %c, %i {axis = 0 : i64} : (tensor<128xf32>, tensor<128xi32>) -> tensor<128xf32>
  %f = nn.reduce sum %d {axes = array<i64: 0>} : (tensor<128xf32>) -> tensor<f32>
  return %f : tensor<f32>
}
