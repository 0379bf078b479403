// RUN: coppice-opt %s --train-bind-state --plan-form-kernels --plan-store-borders --plan-schedule | FileCheck %s

train.parameter @w : tensor<64xf32> = dense<1.0> : tensor<64xf32>

// Two branches, one after the other. The last sum and the addition are a kernel.
// CHECK-LABEL: func @branches
// CHECK-SAME: plan.schedule = {before = 516 : i64, live_bytes = 260 : i64, lower_bound = 260 : i64, optimal = true}
// CHECK: nn.pad {{.*}}low = array<i64: 8>
// CHECK: nn.reduce
// CHECK: nn.pad {{.*}}low = array<i64: 4>
// CHECK: nn.reduce
func.func @branches(%x: tensor<56xf32>) -> tensor<f32> {
  %a = nn.pad %x {low = array<i64: 8>, high = array<i64: 0>} : (tensor<56xf32>) -> tensor<64xf32>
  %b = nn.pad %x {low = array<i64: 4>, high = array<i64: 4>} : (tensor<56xf32>) -> tensor<64xf32>
  %c = nn.reduce sum %a {axes = array<i64: 0>} : (tensor<64xf32>) -> tensor<f32>
  %d = nn.reduce sum %b {axes = array<i64: 0>} : (tensor<64xf32>) -> tensor<f32>
  %e = nn.add %c, %d : tensor<f32>, tensor<f32>
  return %e : tensor<f32>
}

// A new value is computed as soon as its gradient is there and after the last
// reader of the old one, in place; it takes no bytes.
// CHECK-LABEL: func @update
// CHECK-SAME: before = 512 : i64, live_bytes = 256 : i64
// CHECK: %[[V:.*]] = plan.kernel
// CHECK: plan.kernel ins(%[[V]], %[[W:[^ ]*]] :
// CHECK: nn.mul
// CHECK: %[[Y:.*]] = plan.kernel
// CHECK: plan.kernel ins(%[[Y]] : tensor<64xf32>) outs(%[[W]] :
// CHECK: nn.sub %out0, %in0
func.func @update(%x: tensor<56xf32>) -> tensor<64xf32> {
  %w = train.read @w : tensor<64xf32>
  %y = nn.pad %x {low = array<i64: 4>, high = array<i64: 4>} : (tensor<56xf32>) -> tensor<64xf32>
  %w1 = nn.sub %w, %y : tensor<64xf32>, tensor<64xf32>
  %v = nn.pad %x {low = array<i64: 8>, high = array<i64: 0>} : (tensor<56xf32>) -> tensor<64xf32>
  %z = nn.mul %v, %w : tensor<64xf32>, tensor<64xf32>
  train.write %w1, @w : tensor<64xf32>
  return %z : tensor<64xf32>
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

// %a has a border, 1600 bytes for 1024; so has %b, since the input's gradient reads
// it with one, beside the flipped weights (576). What is returned is
// the caller's.
// CHECK-LABEL: func @border
// CHECK-SAME: live_bytes = 3200
func.func @border(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x4xf32>) -> tensor<1x8x8x4xf32> {
  %a = nn.exp %x : tensor<1x8x8x4xf32>
  %b = nn.conv2d %a, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xf32>, tensor<3x3x4x4xf32>) -> tensor<1x8x8x4xf32>
  %c = nn.conv2d_input_grad %b, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xf32>, tensor<3x3x4x4xf32>) -> tensor<1x8x8x4xf32>
  return %c : tensor<1x8x8x4xf32>
}

// A convolution with bias, residual and activation is one kernel: what is between
// has no bytes, but all operands and the result (with its border) are live.
// CHECK-LABEL: func @kernel
// CHECK-SAME: live_bytes = 3648
func.func @kernel(%x: tensor<1x8x4x4xf32>, %w: tensor<1x1x4x4xf32>, %v: tensor<3x3x4x4xf32>, %b: tensor<4xf32>) -> tensor<1x8x8x4xf32> {
  %0 = nn.pad %x {low = array<i64: 0, 0, 2, 0>, high = array<i64: 0, 0, 2, 0>} : (tensor<1x8x4x4xf32>) -> tensor<1x8x8x4xf32>
  %1 = nn.concat %x, %x {axis = 2 : i64} : (tensor<1x8x4x4xf32>, tensor<1x8x4x4xf32>) -> tensor<1x8x8x4xf32>
  %2 = nn.conv2d %0, %w, %b : (tensor<1x8x8x4xf32>, tensor<1x1x4x4xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>
  %3 = nn.add %2, %1 : tensor<1x8x8x4xf32>, tensor<1x8x8x4xf32>
  %4 = nn.relu %3 : tensor<1x8x8x4xf32>
  %5 = nn.conv2d %4, %v {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xf32>, tensor<3x3x4x4xf32>) -> tensor<1x8x8x4xf32>
  return %5 : tensor<1x8x8x4xf32>
}

// A kernel is ordered as one op, and what is in it has no bytes.
// CHECK-LABEL: func @written_kernels
// CHECK: nn.exp
// CHECK-NEXT: nn.neg
// CHECK: nn.reduce
func.func @written_kernels(%x: tensor<64xf32>) -> tensor<f32> {
  %a = plan.kernel ins(%x : tensor<64xf32>) {
  ^bb0(%in0: tensor<64xf32>):
    %0 = nn.exp %in0 : tensor<64xf32>
    %1 = nn.neg %0 : tensor<64xf32>
    plan.yield %1 : tensor<64xf32>
  } -> tensor<64xf32>
  %b = nn.reduce sum %a {axes = array<i64: 0>} : (tensor<64xf32>) -> tensor<f32>
  %c = nn.exp %b : tensor<f32>
  return %c : tensor<f32>
}
