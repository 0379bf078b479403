// The gradient of a value with two uses is the sum of both ways, on codes too:
// a published compiler kept one of them. Here x reaches the sum directly and
// through a convolution. Every number is exact, so a difference quotient over one
// code is the gradient: the images of the batch hold the codes x - 1, x and x + 1.
// RUN: coppice-opt %s --lowp-split-clamps --train-autodiff --train-lower-saved | coppice-run -

!x = !quant.uniform<i8:f32, 0.5:3>
!w = !quant.uniform<i8:f32, 0.25>
!p = !quant.uniform<i8:f32, 0.125:-7>
!y = !quant.uniform<i8:f32, 0.125:2>

func.func @residual() {
  %xi = arith.constant dense<[[[[5]]], [[[6]]], [[[7]]]]> : tensor<3x1x1x1xi8>
  %x = quant.scast %xi : tensor<3x1x1x1xi8> to tensor<3x1x1x1x!x>
  %wi = arith.constant dense<6> : tensor<1x1x1x1xi8>
  %w = quant.scast %wi : tensor<1x1x1x1xi8> to tensor<1x1x1x1x!w>
  %p = nn.conv2d %x, %w : (tensor<3x1x1x1x!x>, tensor<1x1x1x1x!w>) -> tensor<3x1x1x1x!p>
  %y = nn.add %x, %p : tensor<3x1x1x1x!x>, tensor<3x1x1x1x!p> -> tensor<3x1x1x1x!y>
  %d = lowp.dequantize %y : tensor<3x1x1x1x!y> -> tensor<3x1x1x1xf32>
  %losses = nn.reshape %d : tensor<3x1x1x1xf32> -> tensor<3xf32>
  %loss = nn.reduce sum %losses {axes = array<i64: 0>} : (tensor<3xf32>) -> tensor<f32>
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<3x1x1x1x!x>) -> tensor<3x1x1x1xf32>

  // (loss(x + 1) - loss(x - 1)) / (2 codes of 0.5).
  %above = nn.slice %losses {starts = array<i64: 2>, strides = array<i64: 1>} : (tensor<3xf32>) -> tensor<1xf32>
  %below = nn.slice %losses {starts = array<i64: 0>, strides = array<i64: 1>} : (tensor<3xf32>) -> tensor<1xf32>
  %quotient = nn.sub %above, %below : tensor<1xf32>, tensor<1xf32> -> tensor<1xf32>
  %gradients = nn.reshape %dx : tensor<3x1x1x1xf32> -> tensor<3xf32>
  %gradient = nn.slice %gradients {starts = array<i64: 1>, strides = array<i64: 1>} : (tensor<3xf32>) -> tensor<1xf32>
  check.expect_eq %gradient, %quotient : tensor<1xf32>
  // 1 from x itself, 1.5 from the convolution.
  %expected = arith.constant dense<2.5> : tensor<1xf32>
  check.expect_eq %gradient, %expected : tensor<1xf32>
  return
}
