// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Batch, layer and RMS norm.
func.func @batch() {
  %x = arith.constant dense<[[[-0.5, 0.25, 1.25], [-1.5, 1.25, -1.75]], [[1.25, 1.25, -1.75], [0.5, 0.0, -1.25]]]> : tensor<2x2x3xf32>
  %r:3 = nn.normalize %x {axes = array<i64: 0, 1>, epsilon = 1.0e-5 : f64} : (tensor<2x2x3xf32>) -> (tensor<2x2x3xf32>, tensor<1x1x3xf32>, tensor<1x1x3xf32>)
  %e0 = arith.constant dense<[[[-0.4221139, -0.7683379, 1.708559], [-1.386946, 0.9878631, -0.7035242]], [[1.266342, 0.9878631, -0.7035242], [0.5427179, -1.207388, -0.3015104]]]> : tensor<2x2x3xf32>
  check.expect_almost_eq %r#0, %e0 {tolerance = 1.0e-05} : tensor<2x2x3xf32>
  %e1 = arith.constant dense<[[[-0.0625, 0.6875, -0.875]]]> : tensor<1x1x3xf32>
  check.expect_almost_eq %r#1, %e1 {tolerance = 1.0e-05} : tensor<1x1x3xf32>
  %e2 = arith.constant dense<[[[1.074219, 0.3242188, 1.546875]]]> : tensor<1x1x3xf32>
  check.expect_almost_eq %r#2, %e2 {tolerance = 1.0e-05} : tensor<1x1x3xf32>
  return
}

func.func @layer() {
  %x = arith.constant dense<[[[-0.5, 0.25, 1.25], [-1.5, 1.25, -1.75]], [[1.25, 1.25, -1.75], [0.5, 0.0, -1.25]]]> : tensor<2x2x3xf32>
  %r:3 = nn.normalize %x {axes = array<i64: 2>, epsilon = 0.5 : f64} : (tensor<2x2x3xf32>) -> (tensor<2x2x3xf32>, tensor<2x2x1xf32>, tensor<2x2x1xf32>)
  %e0 = arith.constant dense<[[[-0.827606, -0.0827606, 0.9103665], [-0.5439283, 1.251035, -0.7071067]], [[0.6324555, 0.6324555, -1.264911], [0.7348468, 0.244949, -0.9797958]]]> : tensor<2x2x3xf32>
  check.expect_almost_eq %r#0, %e0 {tolerance = 1.0e-05} : tensor<2x2x3xf32>
  %e1 = arith.constant dense<[[[0.3333333], [-0.6666667]], [[0.25], [-0.25]]]> : tensor<2x2x1xf32>
  check.expect_almost_eq %r#1, %e1 {tolerance = 1.0e-05} : tensor<2x2x1xf32>
  %e2 = arith.constant dense<[[[0.5138889], [1.847222]], [[2.0], [0.5416667]]]> : tensor<2x2x1xf32>
  check.expect_almost_eq %r#2, %e2 {tolerance = 1.0e-05} : tensor<2x2x1xf32>
  return
}

func.func @rms() {
  %x = arith.constant dense<[[[-0.5, 0.25, 1.25], [-1.5, 1.25, -1.75]], [[1.25, 1.25, -1.75], [0.5, 0.0, -1.25]]]> : tensor<2x2x3xf32>
  %r:3 = nn.normalize %x {axes = array<i64: 2>, epsilon = 0.01 : f64, uncentered} : (tensor<2x2x3xf32>) -> (tensor<2x2x3xf32>, tensor<2x2x1xf32>, tensor<2x2x1xf32>)
  %e0 = arith.constant dense<[[[-0.6274558, 0.3137279, 1.56864], [-0.9887125, 0.8239271, -1.153498]], [[0.8682859, 0.8682859, -1.2156], [0.6380091, 0.0, -1.595023]]]> : tensor<2x2x3xf32>
  check.expect_almost_eq %r#0, %e0 {tolerance = 1.0e-05} : tensor<2x2x3xf32>
  %e1 = arith.constant dense<[[[0.0], [0.0]], [[0.0], [0.0]]]> : tensor<2x2x1xf32>
  check.expect_almost_eq %r#1, %e1 {tolerance = 1.0e-05} : tensor<2x2x1xf32>
  %e2 = arith.constant dense<[[[0.625], [2.291667]], [[2.0625], [0.6041667]]]> : tensor<2x2x1xf32>
  check.expect_almost_eq %r#2, %e2 {tolerance = 1.0e-05} : tensor<2x2x1xf32>
  return
}
