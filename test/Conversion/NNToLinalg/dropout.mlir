// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// The generator's words are those of the published test vectors' algorithm
// (Random123): key is the seed, counter the index and the stream.
func.func @seed0() {
  %x = arith.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]> : tensor<2x4xf32>
  %s = arith.constant dense<0> : tensor<i64>
  %r = nn.dropout %x, %s {ratio = 0.5 : f64} : tensor<2x4xf32>, tensor<i64>
  %e = arith.constant dense<[[0.0, 2.0, 0.0, 2.0], [2.0, 0.0, 2.0, 2.0]]> : tensor<2x4xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2x4xf32>
  return
}

func.func @negative_seed() {
  %x = arith.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]> : tensor<2x4xf32>
  %s = arith.constant dense<-5> : tensor<i64>
  %r = nn.dropout %x, %s {ratio = 0.5 : f64} : tensor<2x4xf32>, tensor<i64>
  %e = arith.constant dense<[[2.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 2.0]]> : tensor<2x4xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2x4xf32>
  return
}

func.func @stream() {
  %x = arith.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]> : tensor<2x4xf32>
  %s = arith.constant dense<7> : tensor<i64>
  %r = nn.dropout %x, %s {ratio = 0.5 : f64, stream = 3 : i64} : tensor<2x4xf32>, tensor<i64>
  %e = arith.constant dense<[[2.0, 2.0, 0.0, 0.0], [2.0, 2.0, 0.0, 2.0]]> : tensor<2x4xf32>
  check.expect_almost_eq %r, %e {tolerance = 1.0e-06} : tensor<2x4xf32>
  return
}

func.func @ratio0() {
  %x = arith.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]> : tensor<2x4xf32>
  %s = arith.constant dense<1> : tensor<i64>
  %r = nn.dropout %x, %s {ratio = 0.0 : f64} : tensor<2x4xf32>, tensor<i64>
  %e = arith.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]> : tensor<2x4xf32>
  check.expect_almost_eq %r, %e {tolerance = 0.0} : tensor<2x4xf32>
  return
}
