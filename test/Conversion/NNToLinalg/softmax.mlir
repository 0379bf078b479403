// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Softmax and losses; large inputs do not overflow.
func.func @softmax() {
  %x = arith.constant dense<[[1000.0, 1001.0, 999.0], [-3.0, 0.5, 2.0]]> : tensor<2x3xf32>
  %r = nn.softmax %x {axis = 1 : i64} : tensor<2x3xf32>
  %e = arith.constant dense<[[0.2447285, 0.6652409, 0.09003057], [0.005478593, 0.1814261, 0.8130953]]> : tensor<2x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2x3xf32>
  return
}

func.func @softmax_axis0() {
  %x = arith.constant dense<[[1000.0, 1001.0, 999.0], [-3.0, 0.5, 2.0]]> : tensor<2x3xf32>
  %r = nn.softmax %x {axis = 0 : i64} : tensor<2x3xf32>
  %e = arith.constant dense<[[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]> : tensor<2x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2x3xf32>
  return
}

func.func @log_softmax() {
  %x = arith.constant dense<[[1000.0, 1001.0, 999.0], [-3.0, 0.5, 2.0]]> : tensor<2x3xf32>
  %r = nn.log_softmax %x {axis = 1 : i64} : tensor<2x3xf32>
  %e = arith.constant dense<[[-1.407606, -0.4076059, -2.407606], [-5.206907, -1.706907, -0.206907]]> : tensor<2x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2x3xf32>
  return
}

func.func @cross_entropy() {
  %x = arith.constant dense<[[1000.0, 1001.0, 999.0], [-3.0, 0.5, 2.0]]> : tensor<2x3xf32>
  %l = arith.constant dense<[2, 0]> : tensor<2xi64>
  %r = nn.softmax_cross_entropy %x, %l : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<f32>
  %e = arith.constant dense<3.807256> : tensor<f32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<f32>
  return
}

// A label outside of the range adds nothing.
func.func @ignored_label() {
  %x = arith.constant dense<[[1000.0, 1001.0, 999.0], [-3.0, 0.5, 2.0]]> : tensor<2x3xf32>
  %l = arith.constant dense<[2, -1]> : tensor<2xi64>
  %r = nn.softmax_cross_entropy %x, %l : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<f32>
  %e = arith.constant dense<1.203803> : tensor<f32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<f32>
  return
}

func.func @one_hot() {
  %l = arith.constant dense<[2, 0, 7, -1]> : tensor<4xi32>
  %r = nn.one_hot %l : tensor<4xi32> -> tensor<4x3xf32>
  %e = arith.constant dense<[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]> : tensor<4x3xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<4x3xf32>
  return
}

func.func @one_hot_unsigned() {
  %l = arith.constant dense<[1, 255]> : tensor<2xui8>
  %r = nn.one_hot %l : tensor<2xui8> -> tensor<2x2xi32>
  %e = arith.constant dense<[[0, 1], [0, 0]]> : tensor<2x2xi32>
  check.expect_eq %r, %e : tensor<2x2xi32>
  return
}
