// Gradients through codes, against numbers worked out by hand.
// RUN: coppice-opt %s --lowp-split-clamps --train-autodiff --train-lower-saved | coppice-run -

!x = !quant.uniform<i8:f32, 0.5:3>
!w = !quant.uniform<i8:f32:3, {0.25, 0.25}>
!b = !quant.uniform<i32:f32:0, {0.125, 0.125}>
!y = !quant.uniform<i8:f32, 0.125:-121>

// Reals of x: 0, 1, 62, 61.5; of w: 0.5 and 1. Unclamped codes of y: -121, -117,
// 127, 125 and -121, -113, 375, 371. The weight's gradient sums x - zero point
// where y was not clamped; the code 127 was not.
func.func @conv() {
  %xi = arith.constant dense<[[[[3], [5], [127], [126]]]]> : tensor<1x1x4x1xi8>
  %x = quant.scast %xi : tensor<1x1x4x1xi8> to tensor<1x1x4x1x!x>
  %wi = arith.constant dense<[[[[2, 4]]]]> : tensor<1x1x1x2xi8>
  %w = quant.scast %wi : tensor<1x1x1x2xi8> to tensor<1x1x1x2x!w>
  %bi = arith.constant dense<0> : tensor<2xi32>
  %b = quant.scast %bi : tensor<2xi32> to tensor<2x!b>
  %y = nn.conv2d %x, %w, %b : (tensor<1x1x4x1x!x>, tensor<1x1x1x2x!w>, tensor<2x!b>) -> tensor<1x1x4x2x!y>
  %codes = quant.scast %y : tensor<1x1x4x2x!y> to tensor<1x1x4x2xi8>
  %codes_e = arith.constant dense<[[[[-121, -121], [-117, -113], [127, 127], [125, 127]]]]> : tensor<1x1x4x2xi8>
  check.expect_eq %codes, %codes_e : tensor<1x1x4x2xi8>
  %d = lowp.dequantize %y : tensor<1x1x4x2x!y> -> tensor<1x1x4x2xf32>
  %loss = nn.reduce sum %d {axes = array<i64: 0, 1, 2, 3>} : (tensor<1x1x4x2xf32>) -> tensor<f32>
  %dx, %dw, %db = train.gradient %loss wrt %x, %w, %b : (tensor<f32>, tensor<1x1x4x1x!x>, tensor<1x1x1x2x!w>, tensor<2x!b>) -> (tensor<1x1x4x1xf32>, tensor<1x1x1x2xf32>, tensor<2xf32>)
  %dx_e = arith.constant dense<[[[[1.5], [1.5], [0.5], [0.5]]]]> : tensor<1x1x4x1xf32>
  %dw_e = arith.constant dense<[[[[124.5, 1.0]]]]> : tensor<1x1x1x2xf32>
  %db_e = arith.constant dense<[4.0, 2.0]> : tensor<2xf32>
  check.expect_almost_eq %dx, %dx_e {tolerance = 1.0e-6} : tensor<1x1x4x1xf32>
  check.expect_almost_eq %dw, %dw_e {tolerance = 1.0e-6} : tensor<1x1x1x2xf32>
  check.expect_almost_eq %db, %db_e {tolerance = 1.0e-6} : tensor<2xf32>
  return
}

!q = !quant.uniform<i8:f32, 0.5>
!h = !quant.uniform<i8:f32, 0.25>

// x + 2x with both ways clamped at another place: 2x = 40 and -40 leave the
// range [-32, 31.75] of the second, their sum with x does not leave the third.
func.func @residual() {
  %xi = arith.constant dense<[2, 40, -40, 100]> : tensor<4xi8>
  %x = quant.scast %xi : tensor<4xi8> to tensor<4x!q>
  %twoi = arith.constant dense<4> : tensor<1xi8>
  %two = quant.scast %twoi : tensor<1xi8> to tensor<1x!q>
  %p = nn.mul %x, %two : tensor<4x!q>, tensor<1x!q> -> tensor<4x!h>
  %s = nn.add %x, %p : tensor<4x!q>, tensor<4x!h> -> tensor<4x!q>
  %d = lowp.dequantize %s : tensor<4x!q> -> tensor<4xf32>
  %real_e = arith.constant dense<[3.0, 52.0, -52.0, 63.5]> : tensor<4xf32>
  check.expect_almost_eq %d, %real_e : tensor<4xf32>
  %loss = nn.reduce sum %d {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  // No gradient passes where the sum is clamped; one of two passes where the
  // product is.
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<4x!q>) -> tensor<4xf32>
  %dx_e = arith.constant dense<[3.0, 1.0, 1.0, 0.0]> : tensor<4xf32>
  check.expect_almost_eq %dx, %dx_e {tolerance = 1.0e-6} : tensor<4xf32>
  return
}

!a = !quant.uniform<i16:f32, 0.5>
!positive = !quant.uniform<i16<0:32767>:f32, 0.25>

// 16 bits: a value that a rectifier's range clamps, and one that saturates, has
// no gradient. Unclamped codes: -8, 0, 4, 2 x 32000.
func.func @sixteen_bits() {
  %xi = arith.constant dense<[-4, 0, 2, 32000]> : tensor<4xi16>
  %x = quant.scast %xi : tensor<4xi16> to tensor<4x!a>
  %y = nn.cast %x : tensor<4x!a> to tensor<4x!positive>
  %codes = quant.scast %y : tensor<4x!positive> to tensor<4xi16>
  %codes_e = arith.constant dense<[0, 0, 4, 32767]> : tensor<4xi16>
  check.expect_eq %codes, %codes_e : tensor<4xi16>
  %d = lowp.dequantize %y : tensor<4x!positive> -> tensor<4xf32>
  %loss = nn.reduce sum %d {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<4x!a>) -> tensor<4xf32>
  %dx_e = arith.constant dense<[0.0, 1.0, 1.0, 0.0]> : tensor<4xf32>
  check.expect_almost_eq %dx, %dx_e {tolerance = 1.0e-6} : tensor<4xf32>
  return
}
