// RUN: coppice-opt %s --verify-diagnostics --split-input-file

func.func @channels(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x3x4xf32>) {
  // expected-error @+2 {{input has 4 channels, the weight 3 in each of 1 groups}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.conv2d %x, %w : (tensor<1x8x8x4xf32>, tensor<3x3x3x4xf32>) -> tensor<1x6x6x4xf32>
  return
}

// -----

func.func @groups(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x1x6xf32>) {
  // expected-error @+2 {{groups (4) must divide the output channels (6)}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = nn.conv2d %x, %w {groups = 4 : i64} : (tensor<1x8x8x4xf32>, tensor<3x3x1x6xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @window(%x: tensor<1x2x2x1xf32>, %w: tensor<3x3x1x1xf32>) {
  // expected-error @+2 {{the window is larger than the padded input}}
  // expected-error @+1 {{failed to infer returned types}}
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
  // expected-error @+2 {{padding reaches beyond the window}}
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
