// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Transposes and batch broadcasting.
func.func @plain() {
  %a = arith.constant dense<[[-1.5, 1.25, -0.0, 1.5], [1.0, -0.25, -0.5, 0.0], [1.5, 1.0, -2.0, 0.75]]> : tensor<3x4xf32>
  %b = arith.constant dense<[[1.75, 0.75], [-1.25, -0.0], [-1.5, -0.5], [1.75, 1.75]]> : tensor<4x2xf32>
  %r = nn.matmul %a, %b : (tensor<3x4xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
  %e = arith.constant dense<[[-1.5625, 1.5], [2.8125, 1.0], [5.6875, 3.4375]]> : tensor<3x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<3x2xf32>
  return
}

func.func @transposed() {
  %a = arith.constant dense<[[-1.5, 1.0, 1.5], [1.25, -0.25, 1.0], [-0.0, -0.5, -2.0], [1.5, 0.0, 0.75]]> : tensor<4x3xf32>
  %b = arith.constant dense<[[1.75, -1.25, -1.5, 1.75], [0.75, -0.0, -0.5, 1.75]]> : tensor<2x4xf32>
  %r = nn.matmul %a, %b {transpose_lhs, transpose_rhs} : (tensor<4x3xf32>, tensor<2x4xf32>) -> tensor<3x2xf32>
  %e = arith.constant dense<[[-1.5625, 1.5], [2.8125, 1.0], [5.6875, 3.4375]]> : tensor<3x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<3x2xf32>
  return
}

func.func @batched() {
  %a = arith.constant dense<[[[[-0.75, -0.75, 0.5], [1.75, -1.5, -1.0]]], [[[1.5, -0.0, 1.5], [-1.25, 0.25, -0.75]]]]> : tensor<2x1x2x3xf32>
  %b = arith.constant dense<[[[-0.75, -0.25], [-0.25, -0.5], [1.75, 1.0]], [[1.0, -0.75], [0.25, 1.0], [1.25, -0.5]]]> : tensor<2x3x2xf32>
  %r = nn.matmul %a, %b : (tensor<2x1x2x3xf32>, tensor<2x3x2xf32>) -> tensor<2x2x2x2xf32>
  %e = arith.constant dense<[[[[1.625, 1.0625], [-2.6875, -0.6875]], [[-0.3125, -0.4375], [0.125, -2.3125]]], [[[1.5, 1.125], [-0.4375, -0.5625]], [[3.375, -1.875], [-2.125, 1.5625]]]]> : tensor<2x2x2x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<2x2x2x2xf32>
  return
}

func.func @shared() {
  %a = arith.constant dense<[[[1.0, 1.0, -1.5], [1.5, -0.25, -0.0]], [[-0.25, 0.25, 0.5], [-0.0, 1.5, 0.5]]]> : tensor<2x2x3xf32>
  %b = arith.constant dense<[[-0.5, -0.25], [1.25, -0.5], [-1.25, -1.75]]> : tensor<3x2xf32>
  %r = nn.matmul %a, %b : (tensor<2x2x3xf32>, tensor<3x2xf32>) -> tensor<2x2x2xf32>
  %e = arith.constant dense<[[[2.625, 1.875], [-1.0625, -0.25]], [[-0.1875, -0.9375], [1.25, -1.625]]]> : tensor<2x2x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<2x2x2xf32>
  return
}

func.func @integer() {
  %a = arith.constant dense<[[1, -2], [3, 4]]> : tensor<2x2xi32>
  %b = arith.constant dense<[[1, -2], [3, 4]]> : tensor<2x2xi32>
  %r = nn.matmul %a, %b : (tensor<2x2xi32>, tensor<2x2xi32>) -> tensor<2x2xi32>
  %e = arith.constant dense<[[-5, -10], [15, 10]]> : tensor<2x2xi32>
  check.expect_eq %r, %e : tensor<2x2xi32>
  return
}

// Sums are kept in f32.
func.func @half() {
  %a = arith.constant dense<[[1.5, 1.75, -1.5], [-0.75, -1.25, -1.5]]> : tensor<2x3xf16>
  %b = arith.constant dense<[[1.5, -1.75], [2.0, -1.5], [1.5, 0.25]]> : tensor<3x2xf16>
  %r = nn.matmul %a, %b : (tensor<2x3xf16>, tensor<3x2xf16>) -> tensor<2x2xf16>
  %e = arith.constant dense<[[3.5, -5.625], [-5.875, 2.8125]]> : tensor<2x2xf16>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-03} : tensor<2x2xf16>
  return
}
