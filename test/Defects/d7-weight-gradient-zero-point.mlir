// The gradient of a weight multiplies by the input's real values, x minus its
// zero point: a published compiler multiplied by the codes. Every number is
// exact, so a difference quotient over one code is the gradient: the output
// channels hold the weights w - 1, w and w + 1.
// RUN: coppice-opt %s --lowp-split-clamps --train-autodiff --lowp-fold-dequantize --train-lower-saved | coppice-run -

!x = !quant.uniform<i8:f32, 0.5:-9>
!w = !quant.uniform<i8:f32, 0.25>
!y = !quant.uniform<i8:f32, 0.125:5>

func.func @weight() {
  %xi = arith.constant dense<[[[[-9], [-7], [-4]]]]> : tensor<1x1x3x1xi8>
  %x = quant.scast %xi : tensor<1x1x3x1xi8> to tensor<1x1x3x1x!x>
  %wi = arith.constant dense<[[[[4, 5, 6]]]]> : tensor<1x1x1x3xi8>
  %w = quant.scast %wi : tensor<1x1x1x3xi8> to tensor<1x1x1x3x!w>
  %y = nn.conv2d %x, %w : (tensor<1x1x3x1x!x>, tensor<1x1x1x3x!w>) -> tensor<1x1x3x3x!y>
  %d = lowp.dequantize %y : tensor<1x1x3x3x!y> -> tensor<1x1x3x3xf32>
  %losses = nn.reduce sum %d {axes = array<i64: 0, 1, 2>} : (tensor<1x1x3x3xf32>) -> tensor<3xf32>
  %loss = nn.reduce sum %losses {axes = array<i64: 0>} : (tensor<3xf32>) -> tensor<f32>
  %dw = train.gradient %loss wrt %w : (tensor<f32>, tensor<1x1x1x3x!w>) -> tensor<1x1x1x3xf32>

  // (loss(w + 1) - loss(w - 1)) / (2 codes of 0.25).
  %above = nn.slice %losses {starts = array<i64: 2>, strides = array<i64: 1>} : (tensor<3xf32>) -> tensor<1xf32>
  %below = nn.slice %losses {starts = array<i64: 0>, strides = array<i64: 1>} : (tensor<3xf32>) -> tensor<1xf32>
  %difference = nn.sub %above, %below : tensor<1xf32>, tensor<1xf32> -> tensor<1xf32>
  %two = arith.constant dense<2.0> : tensor<1xf32>
  %quotient = nn.mul %difference, %two : tensor<1xf32>, tensor<1xf32> -> tensor<1xf32>
  %gradients = nn.reshape %dw : tensor<1x1x1x3xf32> -> tensor<3xf32>
  %gradient = nn.slice %gradients {starts = array<i64: 1>, strides = array<i64: 1>} : (tensor<3xf32>) -> tensor<1xf32>
  check.expect_eq %gradient, %quotient : tensor<1xf32>
  // 0 + 1 + 2.5; with the codes alone it would be -10.
  %expected = arith.constant dense<3.5> : tensor<1xf32>
  check.expect_eq %gradient, %expected : tensor<1xf32>
  return
}
