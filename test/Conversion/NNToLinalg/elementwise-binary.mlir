// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Two operands, with broadcasting.
func.func @add() {
  %a = arith.constant dense<[[[0.25, 0.75, 0.5]], [[0.25, -0.25, 0.5]]]> : tensor<2x1x3xf32>
  %b = arith.constant dense<[[-0.25], [1.5], [1.75], [-0.5]]> : tensor<4x1xf32>
  %r = nn.add %a, %b : tensor<2x1x3xf32>, tensor<4x1xf32>
  %e = arith.constant dense<[[[0.0, 0.5, 0.25], [1.75, 2.25, 2.0], [2.0, 2.5, 2.25], [-0.25, 0.25, 0.0]], [[0.0, -0.5, 0.25], [1.75, 1.25, 2.0], [2.0, 1.5, 2.25], [-0.25, -0.75, 0.0]]]> : tensor<2x4x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<2x4x3xf32>
  return
}

func.func @sub() {
  %a = arith.constant dense<[[[0.25, 0.75, 0.5]], [[0.25, -0.25, 0.5]]]> : tensor<2x1x3xf32>
  %b = arith.constant dense<[[-0.25], [1.5], [1.75], [-0.5]]> : tensor<4x1xf32>
  %r = nn.sub %a, %b : tensor<2x1x3xf32>, tensor<4x1xf32>
  %e = arith.constant dense<[[[0.5, 1.0, 0.75], [-1.25, -0.75, -1.0], [-1.5, -1.0, -1.25], [0.75, 1.25, 1.0]], [[0.5, 0.0, 0.75], [-1.25, -1.75, -1.0], [-1.5, -2.0, -1.25], [0.75, 0.25, 1.0]]]> : tensor<2x4x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<2x4x3xf32>
  return
}

func.func @mul() {
  %a = arith.constant dense<[[[0.25, 0.75, 0.5]], [[0.25, -0.25, 0.5]]]> : tensor<2x1x3xf32>
  %b = arith.constant dense<[[-0.25], [1.5], [1.75], [-0.5]]> : tensor<4x1xf32>
  %r = nn.mul %a, %b : tensor<2x1x3xf32>, tensor<4x1xf32>
  %e = arith.constant dense<[[[-0.0625, -0.1875, -0.125], [0.375, 1.125, 0.75], [0.4375, 1.3125, 0.875], [-0.125, -0.375, -0.25]], [[-0.0625, 0.0625, -0.125], [0.375, -0.375, 0.75], [0.4375, -0.4375, 0.875], [-0.125, 0.125, -0.25]]]> : tensor<2x4x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<2x4x3xf32>
  return
}

func.func @min() {
  %a = arith.constant dense<[[[0.25, 0.75, 0.5]], [[0.25, -0.25, 0.5]]]> : tensor<2x1x3xf32>
  %b = arith.constant dense<[[-0.25], [1.5], [1.75], [-0.5]]> : tensor<4x1xf32>
  %r = nn.min %a, %b : tensor<2x1x3xf32>, tensor<4x1xf32>
  %e = arith.constant dense<[[[-0.25, -0.25, -0.25], [0.25, 0.75, 0.5], [0.25, 0.75, 0.5], [-0.5, -0.5, -0.5]], [[-0.25, -0.25, -0.25], [0.25, -0.25, 0.5], [0.25, -0.25, 0.5], [-0.5, -0.5, -0.5]]]> : tensor<2x4x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<2x4x3xf32>
  return
}

func.func @max() {
  %a = arith.constant dense<[[[0.25, 0.75, 0.5]], [[0.25, -0.25, 0.5]]]> : tensor<2x1x3xf32>
  %b = arith.constant dense<[[-0.25], [1.5], [1.75], [-0.5]]> : tensor<4x1xf32>
  %r = nn.max %a, %b : tensor<2x1x3xf32>, tensor<4x1xf32>
  %e = arith.constant dense<[[[0.25, 0.75, 0.5], [1.5, 1.5, 1.5], [1.75, 1.75, 1.75], [0.25, 0.75, 0.5]], [[0.25, -0.25, 0.5], [1.5, 1.5, 1.5], [1.75, 1.75, 1.75], [0.25, -0.25, 0.5]]]> : tensor<2x4x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<2x4x3xf32>
  return
}

func.func @div() {
  %a = arith.constant dense<[[[0.25, 0.75, 0.5]], [[0.25, -0.25, 0.5]]]> : tensor<2x1x3xf32>
  %b = arith.constant dense<[[-0.25], [1.5], [1.75], [-0.5]]> : tensor<4x1xf32>
  %r = nn.div %a, %b : tensor<2x1x3xf32>, tensor<4x1xf32>
  %e = arith.constant dense<[[[-1.0, -3.0, -2.0], [0.1666667, 0.5, 0.3333333], [0.1428571, 0.4285714, 0.2857143], [-0.5, -1.5, -1.0]], [[-1.0, 1.0, -2.0], [0.1666667, -0.1666667, 0.3333333], [0.1428571, -0.1428571, 0.2857143], [-0.5, 0.5, -1.0]]]> : tensor<2x4x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<2x4x3xf32>
  return
}

func.func @pow() {
  %a = arith.constant dense<[[[0.75, 1.25, 1.0]], [[0.75, 0.75, 1.0]]]> : tensor<2x1x3xf32>
  %b = arith.constant dense<[[-0.25], [1.5], [1.75], [-0.5]]> : tensor<4x1xf32>
  %r = nn.pow %a, %b : tensor<2x1x3xf32>, tensor<4x1xf32>
  %e = arith.constant dense<[[[1.07457, 0.9457416, 1.0], [0.6495191, 1.397542, 1.0], [0.6044456, 1.477721, 1.0], [1.154701, 0.8944272, 1.0]], [[1.07457, 1.07457, 1.0], [0.6495191, 0.6495191, 1.0], [0.6044456, 0.6044456, 1.0], [1.154701, 1.154701, 1.0]]]> : tensor<2x4x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 3.0e-06} : tensor<2x4x3xf32>
  return
}

// The splat is a constant of the body.
func.func @splat() {
  %a = arith.constant dense<[[[0.25, 0.75, 0.5]], [[0.25, -0.25, 0.5]]]> : tensor<2x1x3xf32>
  %s = arith.constant dense<0.5> : tensor<f32>
  %r = nn.mul %a, %s : tensor<2x1x3xf32>, tensor<f32>
  %e = arith.constant dense<[[[0.125, 0.375, 0.25]], [[0.125, -0.125, 0.25]]]> : tensor<2x1x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<2x1x3xf32>
  return
}

// The result has no elements to read.
func.func @splats() {
  %a = arith.constant dense<2.0> : tensor<f32>
  %s = arith.constant dense<0.5> : tensor<f32>
  %r = nn.mul %a, %s : tensor<f32>, tensor<f32>
  %e = arith.constant dense<1.0> : tensor<f32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-05} : tensor<f32>
  return
}
