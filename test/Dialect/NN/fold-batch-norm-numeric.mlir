// RUN: coppice-opt %s --nn-fold-batch-norm > %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: coppice-run %t.mlir

// A result that a check also reads keeps its batch norm: the folded result must
// equal it.

// CHECK-LABEL: func @conv2d
// CHECK-COUNT-1: nn.mul
// CHECK-NOT: nn.mul
func.func @conv2d() {
  %x = arith.constant dense<[[[[0.3, -1.5], [0.9, 2.0]], [[-0.7, 0.2], [1.1, -0.4]]]]> : tensor<1x2x2x2xf64>
  %w = arith.constant dense<[[[[0.5, -2.0, 1.5, 3.0]]]]> : tensor<1x1x1x4xf64>
  %b = arith.constant dense<[0.1, 0.2, -0.3, 0.4]> : tensor<4xf64>
  %mean = arith.constant dense<[0.7, -0.2, 0.3, -1.4]> : tensor<4xf64>
  %factor = arith.constant dense<[[[[1.5, -0.5, 0.0, 2.0]]]]> : tensor<1x1x1x4xf64>
  %beta = arith.constant dense<[1.0, 2.0, 3.0, -4.0]> : tensor<4xf64>
  %kept = nn.conv2d %x, %w, %b {groups = 2 : i64} : (tensor<1x2x2x2xf64>, tensor<1x1x1x4xf64>, tensor<4xf64>) -> tensor<1x2x2x4xf64>
  check.expect_almost_eq %kept, %kept : tensor<1x2x2x4xf64>
  %0 = nn.sub %kept, %mean : tensor<1x2x2x4xf64>, tensor<4xf64>
  %1 = nn.mul %0, %factor : tensor<1x2x2x4xf64>, tensor<1x1x1x4xf64>
  %expected = nn.add %1, %beta : tensor<1x2x2x4xf64>, tensor<4xf64>
  %conv = nn.conv2d %x, %w, %b {groups = 2 : i64} : (tensor<1x2x2x2xf64>, tensor<1x1x1x4xf64>, tensor<4xf64>) -> tensor<1x2x2x4xf64>
  %2 = nn.sub %conv, %mean : tensor<1x2x2x4xf64>, tensor<4xf64>
  %3 = nn.mul %2, %factor : tensor<1x2x2x4xf64>, tensor<1x1x1x4xf64>
  %4 = nn.add %3, %beta : tensor<1x2x2x4xf64>, tensor<4xf64>
  check.expect_almost_eq %4, %expected {tolerance = 1.0e-12} : tensor<1x2x2x4xf64>
  return
}

// Two groups of two channels each; the shift remains an op.
// CHECK-LABEL: func @transposed
// CHECK-COUNT-1: nn.mul
// CHECK-NOT: nn.mul
func.func @transposed() {
  %x = arith.constant dense<[[[[0.3, -1.5, 0.8, -0.6], [0.9, 2.0, 1.2, 0.1]]]]> : tensor<1x1x2x4xf64>
  %w = arith.constant dense<[[[[0.5, -2.0, 1.5, 3.0], [1.0, 0.7, -0.9, 0.2]], [[2.5, 0.3, -1.1, 0.6], [0.4, 1.7, 0.8, -1.3]]]]> : tensor<1x2x2x4xf64>
  %factor = arith.constant dense<[1.5, -0.5, 0.25, 2.0]> : tensor<4xf64>
  %beta = arith.constant dense<[1.0, 2.0, 3.0, -4.0]> : tensor<4xf64>
  %kept = nn.conv2d_input_grad %x, %w {groups = 2 : i64, strides = array<i64: 1, 2>} : (tensor<1x1x2x4xf64>, tensor<1x2x2x4xf64>) -> tensor<1x1x4x4xf64>
  check.expect_almost_eq %kept, %kept : tensor<1x1x4x4xf64>
  %0 = nn.mul %kept, %factor : tensor<1x1x4x4xf64>, tensor<4xf64>
  %expected = nn.add %0, %beta : tensor<1x1x4x4xf64>, tensor<4xf64>
  %conv = nn.conv2d_input_grad %x, %w {groups = 2 : i64, strides = array<i64: 1, 2>} : (tensor<1x1x2x4xf64>, tensor<1x2x2x4xf64>) -> tensor<1x1x4x4xf64>
  %1 = nn.mul %conv, %factor : tensor<1x1x4x4xf64>, tensor<4xf64>
  %2 = nn.add %1, %beta : tensor<1x1x4x4xf64>, tensor<4xf64>
  check.expect_almost_eq %2, %expected {tolerance = 1.0e-12} : tensor<1x1x4x4xf64>
  return
}

// x w^T, then 1 - y, divided.
// CHECK-LABEL: func @matmul
// CHECK-COUNT-1: nn.div
// CHECK-NOT: nn.div
func.func @matmul() {
  %x = arith.constant dense<[[0.3, -1.5, 0.8], [0.9, 2.0, 1.2]]> : tensor<2x3xf64>
  %w = arith.constant dense<[[0.5, -2.0, 1.5], [3.0, 1.0, 0.7]]> : tensor<2x3xf64>
  %one = arith.constant dense<1.0> : tensor<f64>
  %d = arith.constant dense<[4.0, -0.5]> : tensor<2xf64>
  %kept = nn.matmul %x, %w {transpose_rhs} : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x2xf64>
  check.expect_almost_eq %kept, %kept : tensor<2x2xf64>
  %0 = nn.sub %one, %kept : tensor<f64>, tensor<2x2xf64>
  %expected = nn.div %0, %d : tensor<2x2xf64>, tensor<2xf64>
  %product = nn.matmul %x, %w {transpose_rhs} : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x2xf64>
  %1 = nn.sub %one, %product : tensor<f64>, tensor<2x2xf64>
  %2 = nn.div %1, %d : tensor<2x2xf64>, tensor<2xf64>
  check.expect_almost_eq %2, %expected {tolerance = 1.0e-12} : tensor<2x2xf64>
  return
}

// A bias that is there is scaled too.
// CHECK-LABEL: func @matmul_bias
// CHECK-COUNT-1: nn.mul
// CHECK-NOT: nn.mul
func.func @matmul_bias() {
  %x = arith.constant dense<[[0.3, -1.5, 0.8], [0.9, 2.0, 1.2]]> : tensor<2x3xf64>
  %w = arith.constant dense<[[0.5, -2.0], [1.5, 3.0], [1.0, 0.7]]> : tensor<3x2xf64>
  %b = arith.constant dense<[0.25, -1.0]> : tensor<2xf64>
  %f = arith.constant dense<[4.0, -0.5]> : tensor<2xf64>
  %kept = nn.matmul %x, %w, %b : (tensor<2x3xf64>, tensor<3x2xf64>, tensor<2xf64>) -> tensor<2x2xf64>
  check.expect_almost_eq %kept, %kept : tensor<2x2xf64>
  %expected = nn.mul %kept, %f : tensor<2x2xf64>, tensor<2xf64>
  %product = nn.matmul %x, %w, %b : (tensor<2x3xf64>, tensor<3x2xf64>, tensor<2xf64>) -> tensor<2x2xf64>
  %0 = nn.mul %product, %f : tensor<2x2xf64>, tensor<2xf64>
  check.expect_almost_eq %0, %expected {tolerance = 1.0e-12} : tensor<2x2xf64>
  return
}

// A shift that undoes the bias leaves none.
// CHECK-LABEL: func @cancelled
// CHECK: nn.conv2d %{{[a-z0-9_]*}}, %{{[a-z0-9_]*}} : (tensor<1x1x1x1xf64>, tensor<1x1x1x1xf64>)
// CHECK-NEXT: check.expect_almost_eq
func.func @cancelled() {
  %x = arith.constant dense<2.0> : tensor<1x1x1x1xf64>
  %w = arith.constant dense<3.0> : tensor<1x1x1x1xf64>
  %b = arith.constant dense<0.5> : tensor<1xf64>
  %six = arith.constant dense<6.0> : tensor<1x1x1x1xf64>
  %0 = nn.conv2d %x, %w, %b : (tensor<1x1x1x1xf64>, tensor<1x1x1x1xf64>, tensor<1xf64>) -> tensor<1x1x1x1xf64>
  %1 = nn.sub %0, %b : tensor<1x1x1x1xf64>, tensor<1xf64>
  check.expect_almost_eq %1, %six : tensor<1x1x1x1xf64>
  return
}
