// RUN: coppice-opt %s --plan-schedule | FileCheck %s

train.parameter @w : tensor<64xf32> = dense<1.0> : tensor<64xf32>

// Two branches, one after the other.
// CHECK-LABEL: func @branches
// CHECK-SAME: plan.schedule = {before = 576 : i64, live_bytes = 384 : i64, lower_bound = 320 : i64, optimal = true}
// CHECK: nn.exp
// CHECK-NEXT: nn.reduce
// CHECK-NEXT: nn.log
// CHECK-NEXT: nn.reduce
func.func @branches(%x: tensor<64xf32>) -> tensor<f32> {
  %a = nn.exp %x : tensor<64xf32>
  %b = nn.log %x : tensor<64xf32>
  %c = nn.reduce sum %a {axes = array<i64: 0>} : (tensor<64xf32>) -> tensor<f32>
  %d = nn.reduce sum %b {axes = array<i64: 0>} : (tensor<64xf32>) -> tensor<f32>
  %e = nn.add %c, %d : tensor<f32>, tensor<f32>
  return %e : tensor<f32>
}

// A new value is computed after the last reader of the old one, in place; it
// takes no bytes. The other gradient has to wait.
// CHECK-LABEL: func @update
// CHECK: %[[W:.*]] = train.read @w
// CHECK: %[[Y:.*]] = nn.mul %{{.*}}, %[[W]]
// CHECK: %[[W1:.*]] = nn.sub %[[W]], %[[Y]]
// CHECK-NEXT: train.write %[[W1]], @w
// CHECK-NEXT: nn.exp
func.func @update(%x: tensor<64xf32>) -> tensor<64xf32> {
  %w = train.read @w : tensor<64xf32>
  %y = nn.mul %x, %w : tensor<64xf32>, tensor<64xf32>
  %z = nn.exp %x : tensor<64xf32>
  %z1 = nn.log %z : tensor<64xf32>
  %w1 = nn.sub %w, %y : tensor<64xf32>, tensor<64xf32>
  train.write %w1, @w : tensor<64xf32>
  return %z1 : tensor<64xf32>
}

// The same after the state is bound: one tensor is live at a time.
// CHECK-LABEL: func @bound
// CHECK-SAME: before = 512 : i64, live_bytes = 256 : i64
// CHECK: nn.exp
// CHECK-NEXT: %[[Z1:.*]] = nn.log
// CHECK-NEXT: bufferization.materialize_in_destination %[[Z1]]
// CHECK-NEXT: %[[Y:.*]] = nn.mul
// CHECK-NEXT: %[[W1:.*]] = nn.sub %{{.*}}, %[[Y]]
// CHECK-NEXT: bufferization.materialize_in_destination %[[W1]]
func.func @bound(%x: tensor<64xf32>, %o: tensor<64xf32> {bufferization.writable = true, train.output},
                 %w: tensor<64xf32> {train.state = @w, bufferization.writable = true})
    -> (tensor<64xf32>, tensor<64xf32>) {
  %z = nn.exp %x : tensor<64xf32>
  %y = nn.mul %x, %w : tensor<64xf32>, tensor<64xf32>
  %z1 = nn.log %z : tensor<64xf32>
  %w1 = nn.sub %w, %y : tensor<64xf32>, tensor<64xf32>
  %r = bufferization.materialize_in_destination %z1 in %o : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %s = bufferization.materialize_in_destination %w1 in %w : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %r, %s : tensor<64xf32>, tensor<64xf32>
}

// The old value is read after the new one is known: it needs bytes of its own.
// CHECK-LABEL: func @swap
// CHECK-SAME: live_bytes = 256
func.func @swap(%x: tensor<64xf32>) -> tensor<64xf32> {
  %w = train.read @w : tensor<64xf32>
  %w1 = nn.neg %w : tensor<64xf32>
  %y = nn.mul %w1, %w : tensor<64xf32>, tensor<64xf32>
  train.write %w1, @w : tensor<64xf32>
  return %y : tensor<64xf32>
}

// %a has a border, 1600 bytes for 1024; the input's gradient needs %b (1024), a
// padded copy of it (1600) and the flipped weights (576). What is returned is
// the caller's.
// CHECK-LABEL: func @border
// CHECK-SAME: live_bytes = 3200
func.func @border(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x4xf32>) -> tensor<1x8x8x4xf32> {
  %a = nn.exp %x : tensor<1x8x8x4xf32>
  %b = nn.conv2d %a, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xf32>, tensor<3x3x4x4xf32>) -> tensor<1x8x8x4xf32>
  %c = nn.conv2d_input_grad %b, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xf32>, tensor<3x3x4x4xf32>) -> tensor<1x8x8x4xf32>
  return %c : tensor<1x8x8x4xf32>
}
