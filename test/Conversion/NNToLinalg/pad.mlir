// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Padding and cropping, by mode.
func.func @constant() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]> : tensor<3x3xf32>
  %r = nn.pad %x {low = array<i64: 1, -1>, high = array<i64: 0, 2>, value = 9.5 : f64} : (tensor<3x3xf32>) -> tensor<4x4xf32>
  %e = arith.constant dense<[[9.5, 9.5, 9.5, 9.5], [2.0, 3.0, 9.5, 9.5], [5.0, 6.0, 9.5, 9.5], [8.0, 9.0, 9.5, 9.5]]> : tensor<4x4xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<4x4xf32>
  return
}

func.func @reflect() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]> : tensor<3x3xf32>
  %r = nn.pad %x {low = array<i64: 2, 1>, high = array<i64: 1, 2>, mode = 1 : i32} : (tensor<3x3xf32>) -> tensor<6x6xf32>
  %e = arith.constant dense<[[8.0, 7.0, 8.0, 9.0, 8.0, 7.0], [5.0, 4.0, 5.0, 6.0, 5.0, 4.0], [2.0, 1.0, 2.0, 3.0, 2.0, 1.0], [5.0, 4.0, 5.0, 6.0, 5.0, 4.0], [8.0, 7.0, 8.0, 9.0, 8.0, 7.0], [5.0, 4.0, 5.0, 6.0, 5.0, 4.0]]> : tensor<6x6xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<6x6xf32>
  return
}

func.func @edge() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]> : tensor<3x3xf32>
  %r = nn.pad %x {low = array<i64: 2, 1>, high = array<i64: 1, 2>, mode = 2 : i32} : (tensor<3x3xf32>) -> tensor<6x6xf32>
  %e = arith.constant dense<[[1.0, 1.0, 2.0, 3.0, 3.0, 3.0], [1.0, 1.0, 2.0, 3.0, 3.0, 3.0], [1.0, 1.0, 2.0, 3.0, 3.0, 3.0], [4.0, 4.0, 5.0, 6.0, 6.0, 6.0], [7.0, 7.0, 8.0, 9.0, 9.0, 9.0], [7.0, 7.0, 8.0, 9.0, 9.0, 9.0]]> : tensor<6x6xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<6x6xf32>
  return
}

func.func @wrap() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]> : tensor<3x3xf32>
  %r = nn.pad %x {low = array<i64: 2, 1>, high = array<i64: 1, 2>, mode = 3 : i32} : (tensor<3x3xf32>) -> tensor<6x6xf32>
  %e = arith.constant dense<[[6.0, 4.0, 5.0, 6.0, 4.0, 5.0], [9.0, 7.0, 8.0, 9.0, 7.0, 8.0], [3.0, 1.0, 2.0, 3.0, 1.0, 2.0], [6.0, 4.0, 5.0, 6.0, 4.0, 5.0], [9.0, 7.0, 8.0, 9.0, 7.0, 8.0], [3.0, 1.0, 2.0, 3.0, 1.0, 2.0]]> : tensor<6x6xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<6x6xf32>
  return
}

func.func @crop_edge() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]> : tensor<3x3xf32>
  %r = nn.pad %x {low = array<i64: -1, 1>, high = array<i64: 1, -1>, mode = 2 : i32} : (tensor<3x3xf32>) -> tensor<3x3xf32>
  %e = arith.constant dense<[[4.0, 4.0, 5.0], [7.0, 7.0, 8.0], [7.0, 7.0, 8.0]]> : tensor<3x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<3x3xf32>
  return
}
