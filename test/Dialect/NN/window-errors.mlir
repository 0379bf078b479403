// RUN: coppice-opt %s --verify-diagnostics --split-input-file

func.func @channels(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x3x4xf32>) {
  // expected-error @+1 {{input has 4 channels, the weight 3 in each of 1 groups}}
  %y = nn.conv2d %x, %w : (tensor<1x8x8x4xf32>, tensor<3x3x3x4xf32>) -> tensor<1x6x6x4xf32>
  return
}

// -----

func.func @groups(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x1x6xf32>) {
  // expected-error @+1 {{groups (4) must divide the output channels (6)}}
  %y = nn.conv2d %x, %w {groups = 4 : i64} : (tensor<1x8x8x4xf32>, tensor<3x3x1x6xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @window(%x: tensor<1x2x2x1xf32>, %w: tensor<3x3x1x1xf32>) {
  // expected-error @+1 {{the window is larger than the padded input}}
  %y = nn.conv2d %x, %w : (tensor<1x2x2x1xf32>, tensor<3x3x1x1xf32>) -> tensor<1x1x1x1xf32>
  return
}

// -----

func.func @stride(%x: tensor<1x8x8x1xf32>) {
  // expected-error @+2 {{strides must be positive}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 0, 1>} : (tensor<1x8x8x1xf32>) -> tensor<1x4x4x1xf32>
  return
}

// -----

func.func @pool_pads(%x: tensor<1x8x8x1xf32>) {
  // expected-error @+2 {{a window holds padding alone; lower the pads or the dilation}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, pads = array<i64: 2, 0, 0, 0>} : (tensor<1x8x8x1xf32>) -> tensor<1x9x7x1xf32>
  return
}

// -----

func.func @bias(%x: tensor<1x8x8x1xf32>, %w: tensor<3x3x1x2xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{'nn.conv2d' op bias must have one element per output channel, not 'tensor<3xf32>'}}
  %y = nn.conv2d %x, %w, %b : (tensor<1x8x8x1xf32>, tensor<3x3x1x2xf32>, tensor<3xf32>) -> tensor<1x6x6x2xf32>
  return
}

// -----

func.func @gradient_shape(%dy: tensor<1x5x6x2xf32>, %w: tensor<3x3x1x2xf32>) {
  // expected-error @+1 {{dy has type 'tensor<1x5x6x2xf32>', but the convolution's result has shape 1x6x6x2}}
  %y = nn.conv2d_input_grad %dy, %w : (tensor<1x5x6x2xf32>, tensor<3x3x1x2xf32>) -> tensor<1x8x8x1xf32>
  return
}

// -----

func.func @dilated_taps(%x: tensor<1x1x2x1xf32>, %dy: tensor<1x1x2x1xf32>) {
  // The taps lie at -1 and 1, the input at 0.
  // expected-error @+1 {{a window holds padding alone; lower the pads or the dilation}}
  %dx = nn.max_pool2d_grad %x, %dy {kernel = array<i64: 2, 1>, dilations = array<i64: 2, 1>, pads = array<i64: 1, 0, 1, 0>} : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x2x1xf32>
  return
}

// -----

func.func @dilated_average(%x: tensor<1x1x2x1xf32>) {
  // expected-error @+2 {{a window holds padding alone; lower the pads or the dilation}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.avg_pool2d %x {kernel = array<i64: 2, 1>, dilations = array<i64: 2, 1>, pads = array<i64: 1, 0, 1, 0>} : (tensor<1x1x2x1xf32>) -> tensor<1x1x2x1xf32>
  return
}

// -----

// The window at -3 meets the one element, the one at -2 steps over it.
func.func @second_window(%x: tensor<1x1x1x1xf32>) {
  // expected-error @+2 {{a window holds padding alone}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.max_pool2d %x {kernel = array<i64: 2, 1>, dilations = array<i64: 3, 1>, pads = array<i64: 3, 0, 1, 0>} : (tensor<1x1x1x1xf32>) -> tensor<1x2x1x1xf32>
  return
}

// -----

func.func @huge_pads(%x: tensor<1x8x8x1xf32>, %w: tensor<3x3x1x1xf32>) {
  // expected-error @+1 {{9223372036854775807 is too large for a stride, pad or dilation}}
  %y = nn.conv2d %x, %w {pads = array<i64: 9223372036854775807, 0, 0, 0>} : (tensor<1x8x8x1xf32>, tensor<3x3x1x1xf32>) -> tensor<1x8x8x1xf32>
  return
}

// -----

func.func @integer_mean(%x: tensor<1x8x8x1xi32>) {
  // expected-error @+1 {{must be statically shaped tensor of floating-point or quantized values, but got 'tensor<1x8x8x1xi32>'}}
  %y = nn.avg_pool2d %x {kernel = array<i64: 2, 2>} : (tensor<1x8x8x1xi32>) -> tensor<1x7x7x1xi32>
  return
}

// -----

func.func @integer_linear(%x: tensor<2xui8>) {
  // expected-error @+1 {{interpolates floats, not 'ui8'; cast before and after}}
  %y = nn.resize %x {mode = 1 : i32, scales = array<f64: 2.0>} : (tensor<2xui8>) -> tensor<4xui8>
  return
}

// -----

func.func @border_size(%x: tensor<1x8x8x2xf32>) -> tensor<1x6x6x2xf32> {
  // expected-error @below {{border must be four numbers of rows and columns that are not negative}}
  %y = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, border = array<i64: 1, 1>} : (tensor<1x8x8x2xf32>) -> tensor<1x6x6x2xf32>
  return %y : tensor<1x6x6x2xf32>
}

// -----

func.func @border_too_large(%x: tensor<1x8x8x2xf32>) -> tensor<1x6x6x2xf32> {
  // expected-error @below {{border leaves nothing of the input 'tensor<1x8x8x2xf32>'}}
  %y = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, border = array<i64: 4, 0, 4, 0>} : (tensor<1x8x8x2xf32>) -> tensor<1x6x6x2xf32>
  return %y : tensor<1x6x6x2xf32>
}
