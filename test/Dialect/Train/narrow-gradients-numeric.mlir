// RUN: coppice-opt %s --train-narrow-gradients | coppice-run -

// The gradient of the gathered channels is the gather of the gradient: %whole
// has two users, so its gather stays where it is.

func.func @inputs() {
  %x = arith.constant dense<[[[[-1.05, 0.18, -0.52], [0.42, 0.50, -1.74], [-1.95, 1.35, -0.96]], [[-1.06, 1.98, -0.12], [1.35, -0.09, 0.56], [-1.40, 0.54, 1.47]], [[0.09, 0.97, 0.69], [-1.74, 1.03, 0.36], [-0.79, -1.88, 1.46]], [[-0.11, 0.88, 1.52], [0.86, 1.68, -0.42], [1.20, -0.22, 1.74]]]]> : tensor<1x4x3x3xf64>
  %dy = arith.constant dense<[[[[1.52, -1.61], [-1.46, -1.13]], [[1.86, -0.26], [0.51, -0.80]]]]> : tensor<1x2x2x2xf64>
  %i = arith.constant dense<[0, 2]> : tensor<2xi64>
  %narrow = nn.conv2d_weight_grad %x, %dy {strides = array<i64: 2, 1>} : (tensor<1x4x3x3xf64>, tensor<1x2x2x2xf64>) -> tensor<2x2x3x2xf64>
  %whole = nn.conv2d_weight_grad %x, %dy {strides = array<i64: 2, 1>} : (tensor<1x4x3x3xf64>, tensor<1x2x2x2xf64>) -> tensor<2x2x3x2xf64>
  check.expect_almost_eq %whole, %whole : tensor<2x2x3x2xf64>
  %actual = nn.gather %narrow, %i {axis = 2 : i64} : (tensor<2x2x3x2xf64>, tensor<2xi64>) -> tensor<2x2x2x2xf64>
  %expected = nn.gather %whole, %i {axis = 2 : i64} : (tensor<2x2x3x2xf64>, tensor<2xi64>) -> tensor<2x2x2x2xf64>
  check.expect_almost_eq %actual, %expected {tolerance = 1.0e-12} : tensor<2x2x2x2xf64>
  return
}

func.func @groups() {
  %x = arith.constant dense<[[[[0.03, -0.46, -0.60, 0.34], [0.34, 1.62, 0.73, 1.72]], [[1.43, 1.96, 0.69, -1.35], [1.44, 1.86, 1.62, 0.28]]]]> : tensor<1x2x2x4xf64>
  %dy = arith.constant dense<[[[[0.86, -1.16], [1.33, 0.29]], [[-0.86, -1.75], [1.42, 1.96]]]]> : tensor<1x2x2x2xf64>
  %i = arith.constant dense<[1]> : tensor<1xi64>
  %narrow = nn.conv2d_weight_grad %x, %dy {groups = 2 : i64} : (tensor<1x2x2x4xf64>, tensor<1x2x2x2xf64>) -> tensor<1x1x2x2xf64>
  %whole = nn.conv2d_weight_grad %x, %dy {groups = 2 : i64} : (tensor<1x2x2x4xf64>, tensor<1x2x2x2xf64>) -> tensor<1x1x2x2xf64>
  check.expect_almost_eq %whole, %whole : tensor<1x1x2x2xf64>
  %actual = nn.gather %narrow, %i {axis = 2 : i64} : (tensor<1x1x2x2xf64>, tensor<1xi64>) -> tensor<1x1x1x2xf64>
  %expected = nn.gather %whole, %i {axis = 2 : i64} : (tensor<1x1x2x2xf64>, tensor<1xi64>) -> tensor<1x1x1x2xf64>
  check.expect_almost_eq %actual, %expected {tolerance = 1.0e-12} : tensor<1x1x1x2xf64>
  return
}

func.func @depthwise() {
  %x = arith.constant dense<[[[[-1.65, 1.20], [-0.36, -1.40]], [[-0.82, 1.08], [1.49, -1.82]], [[0.46, -1.82], [0.87, -0.68]]]]> : tensor<1x3x2x2xf64>
  %dy = arith.constant dense<[[[[1.52, 1.92, 0.02, 1.99], [-0.76, -1.69, 0.40, -1.87]], [[-1.21, -0.37, 0.44, -1.38], [-1.83, 1.47, -0.74, 1.83]]]]> : tensor<1x2x2x4xf64>
  %i = arith.constant dense<[0, 1, 3]> : tensor<3xi64>
  %narrow = nn.conv2d_weight_grad %x, %dy {groups = 2 : i64} : (tensor<1x3x2x2xf64>, tensor<1x2x2x4xf64>) -> tensor<2x1x1x4xf64>
  %whole = nn.conv2d_weight_grad %x, %dy {groups = 2 : i64} : (tensor<1x3x2x2xf64>, tensor<1x2x2x4xf64>) -> tensor<2x1x1x4xf64>
  check.expect_almost_eq %whole, %whole : tensor<2x1x1x4xf64>
  %actual = nn.gather %narrow, %i {axis = 3 : i64} : (tensor<2x1x1x4xf64>, tensor<3xi64>) -> tensor<2x1x1x3xf64>
  %expected = nn.gather %whole, %i {axis = 3 : i64} : (tensor<2x1x1x4xf64>, tensor<3xi64>) -> tensor<2x1x1x3xf64>
  check.expect_almost_eq %actual, %expected {tolerance = 1.0e-12} : tensor<2x1x1x3xf64>
  return
}
