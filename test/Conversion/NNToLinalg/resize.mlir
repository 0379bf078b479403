// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Resampling and its gradient.
func.func @nearest_floor() {
  %x = arith.constant dense<[[[[-1.5], [1.0], [0.25]], [[2.0], [2.0], [2.0]]]]> : tensor<1x2x3x1xf32>
  %r = nn.resize %x {mode = 0 : i32, coordinate = 1 : i32, rounding = 2 : i32, scales = array<f64: 1.0, 2.0, 2.0, 1.0>} : (tensor<1x2x3x1xf32>) -> tensor<1x4x6x1xf32>
  %e = arith.constant dense<[[[[-1.5], [-1.5], [1.0], [1.0], [0.25], [0.25]], [[-1.5], [-1.5], [1.0], [1.0], [0.25], [0.25]], [[2.0], [2.0], [2.0], [2.0], [2.0], [2.0]], [[2.0], [2.0], [2.0], [2.0], [2.0], [2.0]]]]> : tensor<1x4x6x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x4x6x1xf32>
  return
}

func.func @nearest_floor_grad() {
  %dy = arith.constant dense<[[[[-1.5], [1.75], [-1.0], [-0.25], [1.0], [-1.25]], [[0.25], [-1.25], [-1.5], [-1.5], [-0.5], [-2.0]], [[-0.25], [0.75], [-0.5], [-1.75], [-1.75], [-1.0]], [[-1.25], [1.75], [-1.5], [1.25], [0.25], [0.25]]]]> : tensor<1x4x6x1xf32>
  %r = nn.resize_grad %dy {mode = 0 : i32, coordinate = 1 : i32, rounding = 2 : i32, scales = array<f64: 1.0, 2.0, 2.0, 1.0>} : (tensor<1x4x6x1xf32>) -> tensor<1x2x3x1xf32>
  %e = arith.constant dense<[[[[-0.75], [-4.25], [-2.75]], [[1.0], [-2.5], [-2.25]]]]> : tensor<1x2x3x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x2x3x1xf32>
  return
}

func.func @linear_half_pixel() {
  %x = arith.constant dense<[[[[-1.5], [1.0], [0.25]], [[2.0], [2.0], [2.0]]]]> : tensor<1x2x3x1xf32>
  %r = nn.resize %x {mode = 1 : i32, coordinate = 0 : i32, rounding = 0 : i32, scales = array<f64: 1.0, 2.0, 2.0, 1.0>} : (tensor<1x2x3x1xf32>) -> tensor<1x4x6x1xf32>
  %e = arith.constant dense<[[[[-1.5], [-0.875], [0.375], [0.8125], [0.4375], [0.25]], [[-0.625], [-0.15625], [0.78125], [1.109375], [0.828125], [0.6875]], [[1.125], [1.28125], [1.59375], [1.703125], [1.609375], [1.5625]], [[2.0], [2.0], [2.0], [2.0], [2.0], [2.0]]]]> : tensor<1x4x6x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x4x6x1xf32>
  return
}

func.func @linear_half_pixel_grad() {
  %dy = arith.constant dense<[[[[0.0], [2.0], [-0.5], [1.25], [0.25], [-0.5]], [[1.75], [0.5], [-1.5], [-0.25], [1.25], [0.75]], [[1.75], [-1.0], [1.0], [-0.25], [0.25], [1.75]], [[2.0], [1.5], [-0.5], [1.5], [0.5], [-0.25]]]]> : tensor<1x4x6x1xf32>
  %r = nn.resize_grad %dy {mode = 1 : i32, coordinate = 0 : i32, rounding = 0 : i32, scales = array<f64: 1.0, 2.0, 2.0, 1.0>} : (tensor<1x4x6x1xf32>) -> tensor<1x2x3x1xf32>
  %e = arith.constant dense<[[[[3.0], [0.5625], [1.6875]], [[4.375], [1.3125], [2.3125]]]]> : tensor<1x2x3x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x2x3x1xf32>
  return
}

func.func @linear_align_corners() {
  %x = arith.constant dense<[[[[-1.5], [1.0], [0.25]], [[2.0], [2.0], [2.0]]]]> : tensor<1x2x3x1xf32>
  %r = nn.resize %x {mode = 1 : i32, coordinate = 2 : i32, rounding = 0 : i32, scales = array<f64: 1.0, 2.0, 2.0, 1.0>} : (tensor<1x2x3x1xf32>) -> tensor<1x4x6x1xf32>
  %e = arith.constant dense<[[[[-1.5], [-0.5], [0.5], [0.85], [0.55], [0.25]], [[-0.3333333], [0.3333334], [1.0], [1.233333], [1.033333], [0.8333334]], [[0.8333334], [1.166667], [1.5], [1.616667], [1.516667], [1.416667]], [[2.0], [2.0], [2.0], [2.0], [2.0], [2.0]]]]> : tensor<1x4x6x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x4x6x1xf32>
  return
}

// The resized length is 2.4, of which two elements exist.
func.func @fractional_align_corners() {
  %x = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %r = nn.resize %x {mode = 1 : i32, coordinate = 2 : i32, scales = array<f64: 0.6>} : (tensor<4xf32>) -> tensor<2xf32>
  %e = arith.constant dense<[1.0, 3.142857]> : tensor<2xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2xf32>
  return
}

func.func @linear_align_corners_grad() {
  %dy = arith.constant dense<[[[[-1.75], [1.0], [0.0], [1.25], [1.0], [1.25]], [[-0.75], [1.25], [0.25], [-0.0], [0.75], [-2.0]], [[-1.5], [-0.75], [2.0], [-1.5], [-0.75], [-1.75]], [[-0.75], [-0.75], [1.75], [1.5], [-0.5], [-2.0]]]]> : tensor<1x4x6x1xf32>
  %r = nn.resize_grad %dy {mode = 1 : i32, coordinate = 2 : i32, rounding = 0 : i32, scales = array<f64: 1.0, 2.0, 2.0, 1.0>} : (tensor<1x4x6x1xf32>) -> tensor<1x2x3x1xf32>
  %e = arith.constant dense<[[[[-1.633333], [2.4], [0.2333333]], [[-1.866667], [2.3], [-4.183333]]]]> : tensor<1x2x3x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<1x2x3x1xf32>
  return
}

func.func @round_prefer_floor() {
  %x = arith.constant dense<[[0.0, 1.0, 2.0, 3.0]]> : tensor<1x4xf32>
  %r = nn.resize %x {rounding = 0 : i32, scales = array<f64: 1.0, 0.5>} : (tensor<1x4xf32>) -> tensor<1x2xf32>
  %e = arith.constant dense<[[0.0, 2.0]]> : tensor<1x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<1x2xf32>
  return
}

func.func @round_prefer_ceil() {
  %x = arith.constant dense<[[0.0, 1.0, 2.0, 3.0]]> : tensor<1x4xf32>
  %r = nn.resize %x {rounding = 1 : i32, scales = array<f64: 1.0, 0.5>} : (tensor<1x4xf32>) -> tensor<1x2xf32>
  %e = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<1x2xf32>
  return
}

func.func @floor() {
  %x = arith.constant dense<[[0.0, 1.0, 2.0, 3.0]]> : tensor<1x4xf32>
  %r = nn.resize %x {rounding = 2 : i32, scales = array<f64: 1.0, 0.5>} : (tensor<1x4xf32>) -> tensor<1x2xf32>
  %e = arith.constant dense<[[0.0, 2.0]]> : tensor<1x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<1x2xf32>
  return
}

func.func @ceil() {
  %x = arith.constant dense<[[0.0, 1.0, 2.0, 3.0]]> : tensor<1x4xf32>
  %r = nn.resize %x {rounding = 3 : i32, scales = array<f64: 1.0, 0.5>} : (tensor<1x4xf32>) -> tensor<1x2xf32>
  %e = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<1x2xf32>
  return
}

// One element out: the first.
func.func @pytorch_half_pixel() {
  %x = arith.constant dense<[[0.0, 1.0, 2.0, 3.0]]> : tensor<1x4xf32>
  %r = nn.resize %x {mode = 1 : i32, coordinate = 3 : i32, scales = array<f64: 1.0, 0.25>} : (tensor<1x4xf32>) -> tensor<1x1xf32>
  %e = arith.constant dense<[[0.0]]> : tensor<1x1xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<1x1xf32>
  return
}
