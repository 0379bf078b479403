// Half to even, towards zero, or up with the fraction as probability: floor(x + u)
// with the numbers that dropout draws. Saturating; NaN is 0.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

func.func @modes() {
  %x = arith.constant dense<[-200.0, -2.5, -1.5, -0.5, -0.25, 0.5, 1.5, 2.5, 2.75, 126.5999984741211, 127.5, 10000000000.0, 0x7FC00000]> : tensor<13xf32>
  %nearest = lowp.round nearest %x : tensor<13xf32> -> tensor<13xi8>
  %nearest_e = arith.constant dense<[-128, -2, -2, 0, 0, 0, 2, 2, 3, 127, 127, 127, 0]> : tensor<13xi8>
  check.expect_eq %nearest, %nearest_e : tensor<13xi8>
  %zero = lowp.round zero %x : tensor<13xf32> -> tensor<13xi8>
  %zero_e = arith.constant dense<[-128, -2, -1, 0, 0, 0, 1, 2, 2, 126, 127, 127, 0]> : tensor<13xi8>
  check.expect_eq %zero, %zero_e : tensor<13xi8>
  %wide = lowp.round nearest %x : tensor<13xf32> -> tensor<13xi32>
  %wide_e = arith.constant dense<[-200, -2, -2, 0, 0, 0, 2, 2, 3, 127, 128, 2147483647, 0]> : tensor<13xi32>
  check.expect_eq %wide, %wide_e : tensor<13xi32>
  return
}

func.func @stochastic() {
  %x = arith.constant dense<[[1.9789999723434448, 0.9459999799728394, 1.097000002861023, 1.9199999570846558, -0.42899999022483826], [1.5520000457763672, 2.2709999084472656, -2.385999917984009, 2.0989999771118164, -0.6359999775886536], [-0.12200000137090683, -2.121999979019165, 1.190999984741211, -1.2480000257492065, 2.2269999980926514], [-1.3480000495910645, 0.3709999918937683, -0.6019999980926514, 0.6769999861717224, -1.8200000524520874]]> : tensor<4x5xf32>
  %seed = arith.constant dense<21474836557> : tensor<i64>
  %y = lowp.round stochastic %x, %seed {stream = 3 : i64} : tensor<4x5xf32>, tensor<i64> -> tensor<4x5xi8>
  %y_e = arith.constant dense<[[2, 1, 1, 1, 0], [2, 2, -3, 2, -1], [0, -2, 1, -1, 2], [-1, 1, -1, 1, -1]]> : tensor<4x5xi8>
  check.expect_eq %y, %y_e : tensor<4x5xi8>
  return
}

// Behind a contraction, where its sums are vectors.
func.func @of_a_product() {
  %a = arith.constant dense<[[-0.75, 0.875, 0.0, 1.0], [1.0, 0.375, -0.75, 0.375], [-0.875, 0.125, 0.375, 0.0]]> : tensor<3x4xf32>
  %w = arith.constant dense<[[1.875, 0.0, 0.25, 0.625, -0.625, -2.0, 1.75, 0.0, 0.5, 0.125, 1.625], [0.25, 2.0, 0.75, 0.75, 0.125, 0.75, 1.25, 0.75, -0.625, 1.5, 0.875], [0.625, -0.875, -0.75, -0.5, 0.875, 1.75, 0.25, -1.375, 1.25, -0.75, 1.25], [0.375, 0.125, -1.875, -0.5, -0.75, 1.5, -0.625, -0.25, -0.625, -1.75, 1.75]]> : tensor<4x11xf32>
  %p = nn.matmul %a, %w : (tensor<3x4xf32>, tensor<4x11xf32>) -> tensor<3x11xf32>
  %seed = arith.constant dense<21474836557> : tensor<i64>
  %y = lowp.round stochastic %p, %seed {stream = 21474836487 : i64} : tensor<3x11xf32>, tensor<i64> -> tensor<3x11xi8>
  %y_e = arith.constant dense<[[-1, 2, -2, 0, 0, 4, -1, 0, -2, -1, 1], [2, 2, 0, 2, -1, -2, 2, 1, -1, 1, 1], [-1, 0, -1, -1, 1, 3, -2, 0, -1, 0, -1]]> : tensor<3x11xi8>
  check.expect_eq %y, %y_e : tensor<3x11xi8>
  %pt = nn.transpose %p {permutation = array<i64: 1, 0>} : (tensor<3x11xf32>) -> tensor<11x3xf32>
  %t = lowp.round stochastic %pt, %seed {stream = 21474836487 : i64} : tensor<11x3xf32>, tensor<i64> -> tensor<11x3xi8>
  %t_e = arith.constant dense<[[-1, 2, -2], [2, 1, 0], [-2, 0, -1], [0, 1, 0], [0, -2, 1], [4, -2, 2], [-1, 2, -1], [0, 1, -1], [-2, -1, 0], [-1, 0, 0], [1, 2, -1]]> : tensor<11x3xi8>
  check.expect_eq %t, %t_e : tensor<11x3xi8>
  return
}
