// RUN: coppice-opt %s --train-bind-state --plan-form-kernels --plan-schedule --plan-dissolve-kernels | FileCheck %s

train.parameter @w : tensor<2x4xf32> = dense<1.0> : tensor<2x4xf32>

// A product whose first reader is not the one that joins its kernel: the kernel
// comes before that reader, which writes over the product.
// CHECK-LABEL: func @late_reader
// CHECK-SAME: live_bytes = 64
// CHECK: %[[A:.*]] = nn.matmul
// CHECK: nn.slice_grad
func.func @late_reader(%x: tensor<2x16xf32>, %w: tensor<16x8xf32>, %p: tensor<2x8xf32>, %q: tensor<2x8xf32>, %r: tensor<2x8xf32>) -> (tensor<2x8xf32>, tensor<2x16xf32>) {
  %a = nn.matmul %x, %w : (tensor<2x16xf32>, tensor<16x8xf32>) -> tensor<2x8xf32>
  %b = nn.mul %a, %p : tensor<2x8xf32>, tensor<2x8xf32>
  %c = nn.mul %a, %q : tensor<2x8xf32>, tensor<2x8xf32>
  %d = nn.mul %b, %r : tensor<2x8xf32>, tensor<2x8xf32>
  %e = nn.slice_grad %c {starts = array<i64: 0, 8>, strides = array<i64: 1, 1>} : (tensor<2x8xf32>) -> tensor<2x16xf32>
  return %d, %e : tensor<2x8xf32>, tensor<2x16xf32>
}

// Both parts of the concatenation are made by one kernel, in place.
// CHECK-LABEL: func @crelu
func.func @crelu(%x: tensor<2x16xf32>, %w: tensor<16x8xf32>) -> tensor<2x16xf32> {
  %a = nn.matmul %x, %w : (tensor<2x16xf32>, tensor<16x8xf32>) -> tensor<2x8xf32>
  %b = nn.relu %a : tensor<2x8xf32>
  %c = nn.concat %a, %b {axis = 1 : i64} : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x16xf32>
  %d = nn.transpose %c {permutation = array<i64: 1, 0>} : (tensor<2x16xf32>) -> tensor<16x2xf32>
  %e = nn.matmul %d, %x : (tensor<16x2xf32>, tensor<2x16xf32>) -> tensor<16x16xf32>
  %f = nn.matmul %c, %e : (tensor<2x16xf32>, tensor<16x16xf32>) -> tensor<2x16xf32>
  return %f : tensor<2x16xf32>
}

// Parts of a part are made in the outermost concatenation.
// CHECK-LABEL: func @nested
func.func @nested(%x: tensor<2x4xf32>) -> tensor<32xf32> {
  %a = nn.exp %x : tensor<2x4xf32>
  %b = nn.log %x : tensor<2x4xf32>
  %c = nn.concat %a, %b {axis = 1 : i64} : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x8xf32>
  %d = nn.concat %x, %c, %x {axis = 1 : i64} : (tensor<2x4xf32>, tensor<2x8xf32>, tensor<2x4xf32>) -> tensor<2x16xf32>
  %e = nn.reshape %d : tensor<2x16xf32> -> tensor<32xf32>
  %f = nn.neg %e : tensor<32xf32>
  return %f : tensor<32xf32>
}

// The reader of the old value makes a part of what the new value's reader
// begins: it cannot come first, so the new value has bytes of its own.
// CHECK-LABEL: func @old_value_in_part
func.func @old_value_in_part(%x: tensor<2x4xf32>) -> tensor<2x8xf32> {
  %w = train.read @w : tensor<2x4xf32>
  %w1 = nn.sub %w, %x : tensor<2x4xf32>, tensor<2x4xf32>
  train.write %w1, @w : tensor<2x4xf32>
  %a = nn.mul %w1, %x : tensor<2x4xf32>, tensor<2x4xf32>
  %b = nn.exp %w : tensor<2x4xf32>
  %c = nn.concat %a, %b {axis = 1 : i64} : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x8xf32>
  return %c : tensor<2x8xf32>
}
