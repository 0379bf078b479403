// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Reductions, with the axes kept or not.
func.func @sum() {
  %x = arith.constant dense<[[[-0.5, -0.5], [0.25, 0.75], [-0.75, -2.0]], [[-0.5, -0.75], [1.75, 1.5], [1.5, 0.5]]]> : tensor<2x3x2xf32>
  %r = nn.reduce sum %x {axes = array<i64: 0, 2>} : (tensor<2x3x2xf32>) -> tensor<3xf32>
  %e = arith.constant dense<[-2.25, 4.25, -0.75]> : tensor<3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<3xf32>
  return
}

func.func @mean() {
  %x = arith.constant dense<[[[-0.5, -0.5], [0.25, 0.75], [-0.75, -2.0]], [[-0.5, -0.75], [1.75, 1.5], [1.5, 0.5]]]> : tensor<2x3x2xf32>
  %r = nn.reduce mean %x {axes = array<i64: 0, 2>} : (tensor<2x3x2xf32>) -> tensor<3xf32>
  %e = arith.constant dense<[-0.5625, 1.0625, -0.1875]> : tensor<3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<3xf32>
  return
}

func.func @max() {
  %x = arith.constant dense<[[[-0.5, -0.5], [0.25, 0.75], [-0.75, -2.0]], [[-0.5, -0.75], [1.75, 1.5], [1.5, 0.5]]]> : tensor<2x3x2xf32>
  %r = nn.reduce max %x {axes = array<i64: 0, 2>} : (tensor<2x3x2xf32>) -> tensor<3xf32>
  %e = arith.constant dense<[-0.5, 1.75, 1.5]> : tensor<3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<3xf32>
  return
}

func.func @min() {
  %x = arith.constant dense<[[[-0.5, -0.5], [0.25, 0.75], [-0.75, -2.0]], [[-0.5, -0.75], [1.75, 1.5], [1.5, 0.5]]]> : tensor<2x3x2xf32>
  %r = nn.reduce min %x {axes = array<i64: 0, 2>} : (tensor<2x3x2xf32>) -> tensor<3xf32>
  %e = arith.constant dense<[-0.75, 0.25, -2.0]> : tensor<3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<3xf32>
  return
}

func.func @prod() {
  %x = arith.constant dense<[[[-0.5, -0.5], [0.25, 0.75], [-0.75, -2.0]], [[-0.5, -0.75], [1.75, 1.5], [1.5, 0.5]]]> : tensor<2x3x2xf32>
  %r = nn.reduce prod %x {axes = array<i64: 0, 2>} : (tensor<2x3x2xf32>) -> tensor<3xf32>
  %e = arith.constant dense<[0.09375, 0.4921875, 1.125]> : tensor<3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<3xf32>
  return
}

func.func @kept() {
  %x = arith.constant dense<[[[-0.5, -0.5], [0.25, 0.75], [-0.75, -2.0]], [[-0.5, -0.75], [1.75, 1.5], [1.5, 0.5]]]> : tensor<2x3x2xf32>
  %r = nn.reduce sum %x {axes = array<i64: 1>, keepdims} : (tensor<2x3x2xf32>) -> tensor<2x1x2xf32>
  %e = arith.constant dense<[[[-1.0, -1.75]], [[2.75, 1.25]]]> : tensor<2x1x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2x1x2xf32>
  return
}

func.func @all() {
  %x = arith.constant dense<[[[-0.5, -0.5], [0.25, 0.75], [-0.75, -2.0]], [[-0.5, -0.75], [1.75, 1.5], [1.5, 0.5]]]> : tensor<2x3x2xf32>
  %r = nn.reduce sum %x {axes = array<i64: 0, 1, 2>} : (tensor<2x3x2xf32>) -> tensor<f32>
  %e = arith.constant dense<1.25> : tensor<f32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<f32>
  return
}

func.func @none() {
  %x = arith.constant dense<[[[-0.5, -0.5], [0.25, 0.75], [-0.75, -2.0]], [[-0.5, -0.75], [1.75, 1.5], [1.5, 0.5]]]> : tensor<2x3x2xf32>
  %r = nn.reduce max %x {axes = array<i64>} : (tensor<2x3x2xf32>) -> tensor<2x3x2xf32>
  %e = arith.constant dense<[[[-0.5, -0.5], [0.25, 0.75], [-0.75, -2.0]], [[-0.5, -0.75], [1.75, 1.5], [1.5, 0.5]]]> : tensor<2x3x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<2x3x2xf32>
  return
}

func.func @integer() {
  %x = arith.constant dense<[[-3, 8], [2, -9]]> : tensor<2x2xi32>
  %r = nn.reduce min %x {axes = array<i64: 1>} : (tensor<2x2xi32>) -> tensor<2xi32>
  %e = arith.constant dense<[-3, -9]> : tensor<2xi32>
  check.expect_eq %r, %e : tensor<2xi32>
  return
}

func.func @unsigned() {
  %x = arith.constant dense<[200, 3, 255]> : tensor<3xui8>
  %r = nn.reduce max %x {axes = array<i64: 0>} : (tensor<3xui8>) -> tensor<ui8>
  %e = arith.constant dense<255> : tensor<ui8>
  check.expect_eq %r, %e : tensor<ui8>
  return
}

// The product of all others, zeros included.
func.func @prod_grad() {
  %x = arith.constant dense<[[2.0, 0.0, 3.0], [4.0, 5.0, 0.5]]> : tensor<2x3xf32>
  %r = nn.prod_grad %x {axes = array<i64: 1>} : tensor<2x3xf32>
  %e = arith.constant dense<[[0.0, 6.0, 0.0], [2.5, 2.0, 20.0]]> : tensor<2x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2x3xf32>
  return
}

// True is more than false.
func.func @any() {
  %x = arith.constant dense<[[true, false], [false, false]]> : tensor<2x2xi1>
  %any = nn.reduce max %x {axes = array<i64: 1>} : (tensor<2x2xi1>) -> tensor<2xi1>
  %all = nn.reduce min %x {axes = array<i64: 0>} : (tensor<2x2xi1>) -> tensor<2xi1>
  %e = arith.constant dense<[true, false]> : tensor<2xi1>
  %f = arith.constant dense<false> : tensor<2xi1>
  check.expect_eq %any, %e : tensor<2xi1>
  check.expect_eq %all, %f : tensor<2xi1>
  return
}
