// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Indices from the end, clamped; gradients add up.
func.func @gather() {
  %x = arith.constant dense<[[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0, 9.0]]> : tensor<2x5xf32>
  %i = arith.constant dense<[[4, -1], [0, 9]]> : tensor<2x2xi64>
  %r = nn.gather %x, %i {axis = 1 : i64} : (tensor<2x5xf32>, tensor<2x2xi64>) -> tensor<2x2x2xf32>
  %e = arith.constant dense<[[[4.0, 4.0], [0.0, 4.0]], [[9.0, 9.0], [5.0, 9.0]]]> : tensor<2x2x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<2x2x2xf32>
  return
}

func.func @gather_rank0() {
  %x = arith.constant dense<[[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0, 9.0]]> : tensor<2x5xf32>
  %i = arith.constant dense<1> : tensor<i32>
  %r = nn.gather %x, %i {axis = 0 : i64} : (tensor<2x5xf32>, tensor<i32>) -> tensor<5xf32>
  %e = arith.constant dense<[5.0, 6.0, 7.0, 8.0, 9.0]> : tensor<5xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<5xf32>
  return
}

func.func @gather_grad() {
  %dy = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]> : tensor<2x2x2xf32>
  %i = arith.constant dense<[[4, -1], [0, 9]]> : tensor<2x2xi64>
  %r = nn.gather_grad %dy, %i {axis = 1 : i64} : (tensor<2x2x2xf32>, tensor<2x2xi64>) -> tensor<2x5xf32>
  %e = arith.constant dense<[[3.0, 0.0, 0.0, 0.0, 7.0], [7.0, 0.0, 0.0, 0.0, 19.0]]> : tensor<2x5xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<2x5xf32>
  return
}
