// RUN: coppice-opt %s --train-bind-state --plan-form-kernels | FileCheck %s

// The update of a weight joins the kernel of its gradient if the gradient would
// take more bytes than what that kernel reads: written in place, the weight has to
// wait for the input's gradient, and what the kernel reads with it.

train.parameter @w : tensor<64x32xf32> = dense<1.0> : tensor<64x32xf32>
train.parameter @v : tensor<8x8xf32> = dense<1.0> : tensor<8x8xf32>

// 8192 bytes, from 384.
// CHECK-LABEL: func @joined
// CHECK:       plan.kernel
// CHECK:         nn.matmul
// CHECK-NEXT:    nn.sub
// CHECK-NEXT:    plan.yield
func.func @joined(%x: tensor<64x1xf32>, %z: tensor<1x32xf32>) -> tensor<1x64xf32> {
  %w = train.read @w : tensor<64x32xf32>
  %a = nn.exp %x : tensor<64x1xf32>
  %dy = nn.exp %z : tensor<1x32xf32>
  %dw = nn.matmul %a, %dy : (tensor<64x1xf32>, tensor<1x32xf32>) -> tensor<64x32xf32>
  %new = nn.sub %w, %dw : tensor<64x32xf32>, tensor<64x32xf32>
  train.write %new, @w : tensor<64x32xf32>
  %t = nn.transpose %w {permutation = array<i64: 1, 0>} : (tensor<64x32xf32>) -> tensor<32x64xf32>
  %dx = nn.matmul %dy, %t : (tensor<1x32xf32>, tensor<32x64xf32>) -> tensor<1x64xf32>
  return %dx : tensor<1x64xf32>
}

// 256 bytes, from 16384.
// CHECK-LABEL: func @apart
// CHECK:         nn.matmul
// CHECK-NEXT:    plan.yield
// CHECK:         nn.sub
// CHECK-NEXT:    plan.yield
func.func @apart(%x: tensor<8x256xf32>, %z: tensor<256x8xf32>) -> tensor<256x8xf32> {
  %v = train.read @v : tensor<8x8xf32>
  %a = nn.exp %x : tensor<8x256xf32>
  %dy = nn.exp %z : tensor<256x8xf32>
  %dv = nn.matmul %a, %dy : (tensor<8x256xf32>, tensor<256x8xf32>) -> tensor<8x8xf32>
  %new = nn.sub %v, %dv : tensor<8x8xf32>, tensor<8x8xf32>
  train.write %new, @v : tensor<8x8xf32>
  %dx = nn.matmul %dy, %v : (tensor<256x8xf32>, tensor<8x8xf32>) -> tensor<256x8xf32>
  return %dx : tensor<256x8xf32>
}

// Nothing but the forward pass reads the weight: nothing waits.
// CHECK-LABEL: func @first_layer
// CHECK:       plan.kernel
// CHECK:       plan.kernel
// CHECK:       plan.kernel
// CHECK:         nn.matmul
// CHECK-NEXT:    nn.sub
// CHECK-NEXT:    plan.yield
func.func @first_layer(%x: tensor<256x8xf32>) {
  %v = train.read @v : tensor<8x8xf32>
  %y = nn.matmul %x, %v : (tensor<256x8xf32>, tensor<8x8xf32>) -> tensor<256x8xf32>
  %dy = nn.exp %y : tensor<256x8xf32>
  %a = nn.transpose %x {permutation = array<i64: 1, 0>} : (tensor<256x8xf32>) -> tensor<8x256xf32>
  %dv = nn.matmul %a, %dy : (tensor<8x256xf32>, tensor<256x8xf32>) -> tensor<8x8xf32>
  %new = nn.sub %v, %dv : tensor<8x8xf32>, tensor<8x8xf32>
  train.write %new, @v : tensor<8x8xf32>
  return
}
