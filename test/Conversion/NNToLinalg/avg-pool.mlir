// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Mean of windows, with padding counted or not.
func.func @disjoint() {
  %x = arith.constant dense<[[[[1.75, 1.5], [-1.5, -2.0], [1.75, -1.0], [-1.25, 0.75]], [[-1.5, -1.0], [2.0, 0.5], [0.0, -0.5], [1.0, -1.5]], [[1.75, 1.5], [0.5, -1.75], [0.75, 1.75], [0.0, -0.5]], [[-1.5, 1.0], [1.5, -1.5], [1.0, -2.0], [1.75, 0.5]]]]> : tensor<1x4x4x2xf32>
  %r = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32>
  %e = arith.constant dense<[[[[0.1875, -0.25], [0.375, -0.5625]], [[0.5625, -0.1875], [0.875, -0.0625]]]]> : tensor<1x2x2x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x2x2x2xf32>
  return
}

func.func @disjoint_grad() {
  %dy = arith.constant dense<[[[[0.25, 1.25], [-0.75, 2.0]], [[1.75, 1.25], [-1.0, 0.0]]]]> : tensor<1x2x2x2xf32>
  %r = nn.avg_pool2d_grad %dy {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<1x2x2x2xf32>) -> tensor<1x4x4x2xf32>
  %e = arith.constant dense<[[[[0.0625, 0.3125], [0.0625, 0.3125], [-0.1875, 0.5], [-0.1875, 0.5]], [[0.0625, 0.3125], [0.0625, 0.3125], [-0.1875, 0.5], [-0.1875, 0.5]], [[0.4375, 0.3125], [0.4375, 0.3125], [-0.25, 0.0], [-0.25, 0.0]], [[0.4375, 0.3125], [0.4375, 0.3125], [-0.25, 0.0], [-0.25, 0.0]]]]> : tensor<1x4x4x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x4x4x2xf32>
  return
}

func.func @padded() {
  %x = arith.constant dense<[[[[-1.75], [-0.0], [-0.25], [-1.25]], [[-0.25], [-0.5], [-1.25], [-0.25]], [[-1.0], [0.0], [-1.75], [1.5]], [[1.25], [0.25], [1.5], [1.75]]]]> : tensor<1x4x4x1xf32>
  %r = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32>
  %e = arith.constant dense<[[[[-0.625], [-0.5833333]], [[-0.04166666], [0.1388889]]]]> : tensor<1x2x2x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x2x2x1xf32>
  return
}

func.func @padded_grad() {
  %dy = arith.constant dense<[[[[-1.5], [0.5]], [[2.0], [2.0]]]]> : tensor<1x2x2x1xf32>
  %r = nn.avg_pool2d_grad %dy {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x2x2x1xf32>) -> tensor<1x4x4x1xf32>
  %e = arith.constant dense<[[[[-0.375], [-0.2916667], [0.08333334], [0.08333334]], [[-0.04166666], [0.2638889], [0.3055556], [0.3055556]], [[0.3333333], [0.5555556], [0.2222222], [0.2222222]], [[0.3333333], [0.5555556], [0.2222222], [0.2222222]]]]> : tensor<1x4x4x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x4x4x1xf32>
  return
}

func.func @counted() {
  %x = arith.constant dense<[[[[0.5], [-1.5], [0.25], [-2.0]], [[-1.25], [1.75], [-0.75], [0.5]], [[-1.0], [1.75], [1.0], [-0.75]], [[1.25], [-1.5], [-0.5], [-1.0]]]]> : tensor<1x4x4x1xf32>
  %r = nn.avg_pool2d %x {kernel = array<i64: 3, 2>, strides = array<i64: 1, 2>, pads = array<i64: 1, 0, 1, 0>, count_include_pad} : (tensor<1x4x4x1xf32>) -> tensor<1x4x2x1xf32>
  %e = arith.constant dense<[[[[-0.08333334], [-0.3333333]], [[0.04166667], [-0.2916667]], [[0.1666667], [-0.25]], [[0.08333334], [-0.2083333]]]]> : tensor<1x4x2x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x4x2x1xf32>
  return
}

func.func @counted_grad() {
  %dy = arith.constant dense<[[[[0.75], [-1.5]], [[-0.5], [-1.0]], [[0.0], [-0.5]], [[0.75], [-2.0]]]]> : tensor<1x4x2x1xf32>
  %r = nn.avg_pool2d_grad %dy {kernel = array<i64: 3, 2>, strides = array<i64: 1, 2>, pads = array<i64: 1, 0, 1, 0>, count_include_pad} : (tensor<1x4x2x1xf32>) -> tensor<1x4x4x1xf32>
  %e = arith.constant dense<[[[[0.04166666], [0.04166666], [-0.4166667], [-0.4166667]], [[0.04166666], [0.04166666], [-0.5], [-0.5]], [[0.04166666], [0.04166666], [-0.5833334], [-0.5833334]], [[0.125], [0.125], [-0.4166667], [-0.4166667]]]]> : tensor<1x4x4x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x4x4x1xf32>
  return
}

func.func @global() {
  %x = arith.constant dense<[[[[0.5, -1.0, -1.0], [1.25, 1.75, -0.75]], [[1.25, -1.5, 0.5], [1.0, -1.5, -0.25]], [[1.5, -1.5, -2.0], [0.25, -0.25, 1.25]]], [[[1.75, -0.75, -0.5], [-0.0, 0.25, 2.0]], [[0.75, -0.5, -1.0], [1.75, -1.5, 1.0]], [[1.75, 0.75, -0.25], [-1.25, -0.5, 0.75]]]]> : tensor<2x3x2x3xf32>
  %r = nn.avg_pool2d %x {kernel = array<i64: 3, 2>} : (tensor<2x3x2x3xf32>) -> tensor<2x1x1x3xf32>
  %e = arith.constant dense<[[[[0.9583333, -0.6666667, -0.375]]], [[[0.7916667, -0.375, 0.3333333]]]]> : tensor<2x1x1x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2x1x1x3xf32>
  return
}

func.func @global_grad() {
  %dy = arith.constant dense<[[[[0.5, 1.75, 1.5]]], [[[1.25, 1.75, -1.0]]]]> : tensor<2x1x1x3xf32>
  %r = nn.avg_pool2d_grad %dy {kernel = array<i64: 3, 2>} : (tensor<2x1x1x3xf32>) -> tensor<2x3x2x3xf32>
  %e = arith.constant dense<[[[[0.08333334, 0.2916667, 0.25], [0.08333334, 0.2916667, 0.25]], [[0.08333334, 0.2916667, 0.25], [0.08333334, 0.2916667, 0.25]], [[0.08333334, 0.2916667, 0.25], [0.08333334, 0.2916667, 0.25]]], [[[0.2083333, 0.2916667, -0.1666667], [0.2083333, 0.2916667, -0.1666667]], [[0.2083333, 0.2916667, -0.1666667], [0.2083333, 0.2916667, -0.1666667]], [[0.2083333, 0.2916667, -0.1666667], [0.2083333, 0.2916667, -0.1666667]]]]> : tensor<2x3x2x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2x3x2x3xf32>
  return
}
