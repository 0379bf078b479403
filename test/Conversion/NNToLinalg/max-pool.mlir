// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Maximum of windows; its gradient goes to the first maximum.
func.func @disjoint() {
  %x = arith.constant dense<[[[[-0.5, -0.75], [1.0, -0.75], [0.75, 0.0], [-0.0, 1.5]], [[0.25, 1.25], [1.0, -1.75], [1.0, -1.25], [1.5, -1.75]], [[-0.75, -1.5], [-0.0, 1.25], [-0.75, -1.5], [-0.75, 1.25]], [[-1.5, -1.0], [-1.75, 0.75], [-0.5, -0.75], [0.75, -0.75]]]]> : tensor<1x4x4x2xf32>
  %r = nn.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32>
  %e = arith.constant dense<[[[[1.0, 1.25], [1.5, 1.5]], [[-0.0, 1.25], [0.75, 1.25]]]]> : tensor<1x2x2x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x2x2x2xf32>
  return
}

func.func @disjoint_grad() {
  %x = arith.constant dense<[[[[-0.5, -0.75], [1.0, -0.75], [0.75, 0.0], [-0.0, 1.5]], [[0.25, 1.25], [1.0, -1.75], [1.0, -1.25], [1.5, -1.75]], [[-0.75, -1.5], [-0.0, 1.25], [-0.75, -1.5], [-0.75, 1.25]], [[-1.5, -1.0], [-1.75, 0.75], [-0.5, -0.75], [0.75, -0.75]]]]> : tensor<1x4x4x2xf32>
  %dy = arith.constant dense<[[[[1.0, -1.25], [1.25, -0.75]], [[-1.25, -1.25], [2.0, -0.5]]]]> : tensor<1x2x2x2xf32>
  %r = nn.max_pool2d_grad %x, %dy {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x4x4x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x4x4x2xf32>
  %e = arith.constant dense<[[[[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, -0.75]], [[0.0, -1.25], [0.0, 0.0], [0.0, 0.0], [1.25, 0.0]], [[0.0, 0.0], [-1.25, -1.25], [0.0, 0.0], [0.0, -0.5]], [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [2.0, 0.0]]]]> : tensor<1x4x4x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x4x4x2xf32>
  return
}

func.func @overlapping() {
  %x = arith.constant dense<[[[[-0.0], [0.0], [1.5], [1.5], [-1.0]], [[0.5], [-1.5], [-0.25], [-0.75], [-0.75]], [[-0.0], [1.0], [-1.75], [1.5], [1.0]], [[-1.25], [1.75], [0.0], [2.0], [-1.25]]]]> : tensor<1x4x5x1xf32>
  %r = nn.max_pool2d %x {kernel = array<i64: 3, 2>, strides = array<i64: 1, 2>} : (tensor<1x4x5x1xf32>) -> tensor<1x2x2x1xf32>
  %e = arith.constant dense<[[[[1.0], [1.5]], [[1.75], [2.0]]]]> : tensor<1x2x2x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x2x2x1xf32>
  return
}

func.func @overlapping_grad() {
  %x = arith.constant dense<[[[[-0.0], [0.0], [1.5], [1.5], [-1.0]], [[0.5], [-1.5], [-0.25], [-0.75], [-0.75]], [[-0.0], [1.0], [-1.75], [1.5], [1.0]], [[-1.25], [1.75], [0.0], [2.0], [-1.25]]]]> : tensor<1x4x5x1xf32>
  %dy = arith.constant dense<[[[[0.25], [-0.75]], [[-0.75], [0.25]]]]> : tensor<1x2x2x1xf32>
  %r = nn.max_pool2d_grad %x, %dy {kernel = array<i64: 3, 2>, strides = array<i64: 1, 2>} : (tensor<1x4x5x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x4x5x1xf32>
  %e = arith.constant dense<[[[[0.0], [0.0], [-0.75], [0.0], [0.0]], [[0.0], [0.0], [0.0], [0.0], [0.0]], [[0.0], [0.25], [0.0], [0.0], [0.0]], [[0.0], [-0.75], [0.0], [0.25], [0.0]]]]> : tensor<1x4x5x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x4x5x1xf32>
  return
}

func.func @padded() {
  %x = arith.constant dense<[[[[1.75], [1.25], [1.0], [0.25]], [[1.75], [-0.0], [1.5], [1.25]], [[-1.25], [1.0], [-2.0], [-0.75]], [[-1.0], [0.0], [1.0], [-1.5]]]]> : tensor<1x4x4x1xf32>
  %r = nn.max_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32>
  %e = arith.constant dense<[[[[1.75], [1.5]], [[1.75], [1.5]]]]> : tensor<1x2x2x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x2x2x1xf32>
  return
}

func.func @padded_grad() {
  %x = arith.constant dense<[[[[1.75], [1.25], [1.0], [0.25]], [[1.75], [-0.0], [1.5], [1.25]], [[-1.25], [1.0], [-2.0], [-0.75]], [[-1.0], [0.0], [1.0], [-1.5]]]]> : tensor<1x4x4x1xf32>
  %dy = arith.constant dense<[[[[0.0], [1.75]], [[-1.0], [0.75]]]]> : tensor<1x2x2x1xf32>
  %r = nn.max_pool2d_grad %x, %dy {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x4x4x1xf32>
  %e = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]], [[-1.0], [0.0], [2.5], [0.0]], [[0.0], [0.0], [0.0], [0.0]], [[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x4x4x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x4x4x1xf32>
  return
}

func.func @dilated() {
  %x = arith.constant dense<[[[[0.25], [-2.0], [-0.0], [0.75], [-1.75]], [[1.5], [0.0], [-2.0], [-1.0], [1.75]], [[0.25], [-1.5], [-0.75], [-0.25], [-2.0]], [[-0.25], [-0.0], [-1.0], [0.25], [1.0]], [[-1.0], [0.5], [0.5], [1.75], [1.0]]]]> : tensor<1x5x5x1xf32>
  %r = nn.max_pool2d %x {kernel = array<i64: 2, 2>, dilations = array<i64: 2, 2>} : (tensor<1x5x5x1xf32>) -> tensor<1x3x3x1xf32>
  %e = arith.constant dense<[[[[0.25], [0.75], [-0.0]], [[1.5], [0.25], [1.75]], [[0.5], [1.75], [1.0]]]]> : tensor<1x3x3x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x3x3x1xf32>
  return
}

func.func @dilated_grad() {
  %x = arith.constant dense<[[[[0.25], [-2.0], [-0.0], [0.75], [-1.75]], [[1.5], [0.0], [-2.0], [-1.0], [1.75]], [[0.25], [-1.5], [-0.75], [-0.25], [-2.0]], [[-0.25], [-0.0], [-1.0], [0.25], [1.0]], [[-1.0], [0.5], [0.5], [1.75], [1.0]]]]> : tensor<1x5x5x1xf32>
  %dy = arith.constant dense<[[[[1.5], [-0.0], [-1.25]], [[2.0], [-1.5], [-0.0]], [[-1.75], [1.75], [1.75]]]]> : tensor<1x3x3x1xf32>
  %r = nn.max_pool2d_grad %x, %dy {kernel = array<i64: 2, 2>, dilations = array<i64: 2, 2>} : (tensor<1x5x5x1xf32>, tensor<1x3x3x1xf32>) -> tensor<1x5x5x1xf32>
  %e = arith.constant dense<[[[[1.5], [0.0], [-1.25], [0.0], [0.0]], [[2.0], [0.0], [0.0], [0.0], [0.0]], [[0.0], [0.0], [0.0], [0.0], [0.0]], [[0.0], [0.0], [0.0], [-1.5], [0.0]], [[0.0], [0.0], [-1.75], [1.75], [1.75]]]]> : tensor<1x5x5x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x5x5x1xf32>
  return
}

func.func @large() {
  %x = arith.constant dense<[[[[1.0], [-0.5], [-1.0], [-1.0], [-1.5], [0.0]], [[-1.5], [-0.75], [0.5], [1.0], [-2.0], [-0.25]], [[0.5], [1.5], [-0.0], [2.0], [-1.0], [-2.0]], [[-0.0], [-1.0], [1.25], [-1.0], [-0.75], [1.25]], [[0.75], [0.25], [0.75], [-0.25], [-2.0], [-2.0]]]]> : tensor<1x5x6x1xf32>
  %r = nn.max_pool2d %x {kernel = array<i64: 5, 4>} : (tensor<1x5x6x1xf32>) -> tensor<1x1x3x1xf32>
  %e = arith.constant dense<[[[[2.0], [2.0], [2.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x1x3x1xf32>
  return
}

func.func @large_grad() {
  %x = arith.constant dense<[[[[1.0], [-0.5], [-1.0], [-1.0], [-1.5], [0.0]], [[-1.5], [-0.75], [0.5], [1.0], [-2.0], [-0.25]], [[0.5], [1.5], [-0.0], [2.0], [-1.0], [-2.0]], [[-0.0], [-1.0], [1.25], [-1.0], [-0.75], [1.25]], [[0.75], [0.25], [0.75], [-0.25], [-2.0], [-2.0]]]]> : tensor<1x5x6x1xf32>
  %dy = arith.constant dense<[[[[0.0], [-1.75], [-1.75]]]]> : tensor<1x1x3x1xf32>
  %r = nn.max_pool2d_grad %x, %dy {kernel = array<i64: 5, 4>} : (tensor<1x5x6x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x5x6x1xf32>
  %e = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0], [0.0]], [[0.0], [0.0], [0.0], [0.0], [0.0], [0.0]], [[0.0], [0.0], [0.0], [-3.5], [0.0], [0.0]], [[0.0], [0.0], [0.0], [0.0], [0.0], [0.0]], [[0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x5x6x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x5x6x1xf32>
  return
}

func.func @ties() {
  %x = arith.constant dense<[[[[1.0], [1.0]], [[1.0], [1.0]]]]> : tensor<1x2x2x1xf32>
  %dy = arith.constant dense<[[[[2.0]]]]> : tensor<1x1x1x1xf32>
  %r = nn.max_pool2d_grad %x, %dy {kernel = array<i64: 2, 2>} : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  %e = arith.constant dense<[[[[2.0], [0.0]], [[0.0], [0.0]]]]> : tensor<1x2x2x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<1x2x2x1xf32>
  return
}

func.func @integer() {
  %x = arith.constant dense<[[[[-5], [3]], [[7], [-1]]]]> : tensor<1x2x2x1xi8>
  %r = nn.max_pool2d %x {kernel = array<i64: 2, 1>} : (tensor<1x2x2x1xi8>) -> tensor<1x1x2x1xi8>
  %e = arith.constant dense<[[[[7], [3]]]]> : tensor<1x1x2x1xi8>
  check.expect_eq %r, %e : tensor<1x1x2x1xi8>
  return
}
