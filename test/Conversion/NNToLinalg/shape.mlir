// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Ops that move elements.
func.func @reshape() {
  %x = arith.constant dense<[[0, 1, 2], [3, 4, 5]]> : tensor<2x3xi32>
  %r = nn.reshape %x : tensor<2x3xi32> -> tensor<3x2xi32>
  %e = arith.constant dense<[[0, 1], [2, 3], [4, 5]]> : tensor<3x2xi32>
  check.expect_eq %r, %e : tensor<3x2xi32>
  return
}

func.func @reshape_rank0() {
  %x = arith.constant dense<[[0]]> : tensor<1x1xi32>
  %r = nn.reshape %x : tensor<1x1xi32> -> tensor<i32>
  %e = arith.constant dense<0> : tensor<i32>
  check.expect_eq %r, %e : tensor<i32>
  return
}

func.func @reshape_unit() {
  %x = arith.constant dense<[[0, 1, 2], [3, 4, 5]]> : tensor<2x3xi32>
  %r = nn.reshape %x : tensor<2x3xi32> -> tensor<1x2x1x3xi32>
  %e = arith.constant dense<[[[[0, 1, 2]], [[3, 4, 5]]]]> : tensor<1x2x1x3xi32>
  check.expect_eq %r, %e : tensor<1x2x1x3xi32>
  return
}

func.func @transpose() {
  %x = arith.constant dense<[[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]> : tensor<2x3x2xi32>
  %r = nn.transpose %x {permutation = array<i64: 2, 0, 1>} : (tensor<2x3x2xi32>) -> tensor<2x2x3xi32>
  %e = arith.constant dense<[[[0, 2, 4], [6, 8, 10]], [[1, 3, 5], [7, 9, 11]]]> : tensor<2x2x3xi32>
  check.expect_eq %r, %e : tensor<2x2x3xi32>
  return
}

func.func @concat() {
  %a = arith.constant dense<[[0, 1, 2], [3, 4, 5]]> : tensor<2x3xi32>
  %b = arith.constant dense<[[7], [8]]> : tensor<2x1xi32>
  %c = arith.constant dense<[[0, 1, 2], [3, 4, 5]]> : tensor<2x3xi32>
  %r = nn.concat %a, %b, %c {axis = 1 : i64} : (tensor<2x3xi32>, tensor<2x1xi32>, tensor<2x3xi32>) -> tensor<2x7xi32>
  %e = arith.constant dense<[[0, 1, 2, 7, 0, 1, 2], [3, 4, 5, 8, 3, 4, 5]]> : tensor<2x7xi32>
  check.expect_eq %r, %e : tensor<2x7xi32>
  return
}

func.func @expand() {
  %x = arith.constant dense<[[7], [8]]> : tensor<2x1xi32>
  %r = nn.expand %x : tensor<2x1xi32> -> tensor<2x2x3xi32>
  %e = arith.constant dense<[[[7, 7, 7], [8, 8, 8]], [[7, 7, 7], [8, 8, 8]]]> : tensor<2x2x3xi32>
  check.expect_eq %r, %e : tensor<2x2x3xi32>
  return
}

func.func @slice() {
  %x = arith.constant dense<[[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, 13, 14], [15, 16, 17, 18, 19]]> : tensor<4x5xi32>
  %r = nn.slice %x {starts = array<i64: 1, 0>, strides = array<i64: 2, 3>} : (tensor<4x5xi32>) -> tensor<2x2xi32>
  %e = arith.constant dense<[[5, 8], [15, 18]]> : tensor<2x2xi32>
  check.expect_eq %r, %e : tensor<2x2xi32>
  return
}

func.func @slice_reversed() {
  %x = arith.constant dense<[[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, 13, 14], [15, 16, 17, 18, 19]]> : tensor<4x5xi32>
  %r = nn.slice %x {starts = array<i64: 3, 4>, strides = array<i64: -2, -1>} : (tensor<4x5xi32>) -> tensor<2x5xi32>
  %e = arith.constant dense<[[19, 18, 17, 16, 15], [9, 8, 7, 6, 5]]> : tensor<2x5xi32>
  check.expect_eq %r, %e : tensor<2x5xi32>
  return
}

func.func @slice_grad() {
  %dy = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %r = nn.slice_grad %dy {starts = array<i64: 1, 0>, strides = array<i64: 2, 3>} : (tensor<2x2xi32>) -> tensor<4x5xi32>
  %e = arith.constant dense<[[0, 0, 0, 0, 0], [1, 0, 0, 2, 0], [0, 0, 0, 0, 0], [3, 0, 0, 4, 0]]> : tensor<4x5xi32>
  check.expect_eq %r, %e : tensor<4x5xi32>
  return
}

func.func @slice_grad_reversed() {
  %dy = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %r = nn.slice_grad %dy {starts = array<i64: 3, 1>, strides = array<i64: -2, 1>} : (tensor<2x2xi32>) -> tensor<4x3xi32>
  %e = arith.constant dense<[[0, 0, 0], [0, 3, 4], [0, 0, 0], [0, 1, 2]]> : tensor<4x3xi32>
  check.expect_eq %r, %e : tensor<4x3xi32>
  return
}
