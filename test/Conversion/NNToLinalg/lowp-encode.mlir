// Codes whose scale is the largest magnitude of their channel / 127, and back.
// RUN: coppice-run %s
// RUN: coppice-run %s --kernels

// Channels: 127 is the scale's 1; zeros; an infinity; a NaN among numbers.
func.func @nearest() {
  %x = arith.constant dense<[[127.0, 0.0, 1.0, 0x7FC00000], [2.5, 0.0, 0x7F800000, -2.0], [-126.5, -0.0, 3.0, 1.0]]> : tensor<3x4xf32>
  %q, %s = lowp.encode nearest %x : tensor<3x4xf32> -> tensor<3x4xi8>, tensor<4xf32>
  %q_e = arith.constant dense<[[127, 0, 0, 0], [2, 0, 0, -127], [-126, 0, 0, 64]]> : tensor<3x4xi8>
  check.expect_eq %q, %q_e : tensor<3x4xi8>
  // 2 / 127 in f32.
  %s_e = arith.constant dense<[1.0, 0.0, 0.0, 0x3C810204]> : tensor<4xf32>
  check.expect_eq %s, %s_e : tensor<4xf32>
  %y = lowp.decode %q, %s : tensor<3x4xi8>, tensor<4xf32> -> tensor<3x4xf32>
  %y_e = arith.constant dense<[[127.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, -2.0], [-126.0, 0.0, 0.0, 0x3F810204]]> : tensor<3x4xf32>
  check.expect_eq %y, %y_e : tensor<3x4xf32>
  return
}

// A part of the channels, which begins with the first or behind it.
func.func @channels() {
  %x = arith.constant dense<[[127.0, 254.0, 381.0, 508.0], [1.0, 2.0, 3.0, 4.0]]> : tensor<2x4xf32>
  %q, %s = lowp.encode nearest %x : tensor<2x4xf32> -> tensor<2x4xi8>, tensor<4xf32>
  %y = lowp.decode %q, %s : tensor<2x4xi8>, tensor<4xf32> -> tensor<2x4xf32>
  %first = nn.slice %y {starts = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<2x2xf32>
  %first_e = arith.constant dense<[[127.0, 254.0], [1.0, 2.0]]> : tensor<2x2xf32>
  check.expect_eq %first, %first_e : tensor<2x2xf32>
  %last = nn.slice %y {starts = array<i64: 0, 1>, strides = array<i64: 1, 2>} : (tensor<2x4xf32>) -> tensor<2x2xf32>
  %last_e = arith.constant dense<[[254.0, 508.0], [2.0, 4.0]]> : tensor<2x2xf32>
  check.expect_eq %last, %last_e : tensor<2x2xf32>
  return
}

// The numbers that lowp.round draws: codes of a channel with scale 1 are those.
func.func @stochastic() {
  %x = arith.constant dense<[[127.0], [1.25], [-3.5], [0.75], [-126.5], [-127.0], [0.5], [99.0]]> : tensor<8x1xf32>
  %seed = arith.constant dense<21474836557> : tensor<i64>
  %q, %s = lowp.encode stochastic %x, %seed {stream = 3 : i64} : tensor<8x1xf32>, tensor<i64> -> tensor<8x1xi8>, tensor<1xf32>
  %r = lowp.round stochastic %x, %seed {stream = 3 : i64} : tensor<8x1xf32>, tensor<i64> -> tensor<8x1xi8>
  check.expect_eq %q, %r : tensor<8x1xi8>
  return
}

// Strictly between the bounds; ends, NaN and unused bits are 0.
func.func @range_mask() {
  %x = arith.constant dense<[0.0, 0.5, 6.0, 5.5, -1.0, 0x7FC00000, 1.0, 7.0, 0x7F800000, 3.0]> : tensor<10xf32>
  %relu6 = lowp.range_mask %x {low = 0.0, high = 6.0} : tensor<10xf32> -> tensor<2xi8>
  %relu6_e = arith.constant dense<[74, 2]> : tensor<2xi8>
  check.expect_eq %relu6, %relu6_e : tensor<2xi8>
  %relu = lowp.range_mask %x {low = 0.0, high = 0x7FF0000000000000 : f64} : tensor<10xf32> -> tensor<2xi8>
  %relu_e = arith.constant dense<[-50, 3]> : tensor<2xi8>
  check.expect_eq %relu, %relu_e : tensor<2xi8>
  return
}
