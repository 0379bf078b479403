// RUN: coppice-opt %s --verify-diagnostics --split-input-file

func.func @shape(%x: tensor<4xf32>) {
  // expected-error @+1 {{input and result differ in shape}}
  %0 = lowp.quantize %x : tensor<4xf32> -> tensor<5x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @axis(%x: tensor<4xf32>) {
  // expected-error @+1 {{has scales along axis 1 of a tensor of rank 1}}
  %0 = lowp.quantize %x : tensor<4xf32> -> tensor<4x!quant.uniform<i8:f32:1, {0.5, 0.5}>>
  return
}

// -----

func.func @scales(%x: tensor<4x3x!quant.uniform<i8:f32:1, {0.5, 0.5}>>) {
  // expected-error @+1 {{has 2 scales for the 3 indices of axis 1}}
  %0 = lowp.dequantize %x : tensor<4x3x!quant.uniform<i8:f32:1, {0.5, 0.5}>> -> tensor<4x3xf32>
  return
}

// -----

func.func @clamp(%x: tensor<9x!quant.uniform<i16:f32, 0.5>>) {
  // expected-error @+1 {{must keep scale and zero point}}
  %0:2 = lowp.clamp %x : tensor<9x!quant.uniform<i16:f32, 0.5>> -> tensor<9x!quant.uniform<i8:f32, 0.25>>, tensor<2xi8>
  return
}

// -----

func.func @mask(%x: tensor<9xf32>, %mask: tensor<1xi8>) {
  // expected-error @+1 {{the mask of 9 elements has 2 bytes, not 'tensor<1xi8>'}}
  %0 = lowp.select_by_mask %x, %mask : tensor<9xf32>, tensor<1xi8>
  return
}

// -----

func.func @seed(%x: tensor<9xf32>) {
  // expected-error @+1 {{rounds stochastically: needs a seed}}
  %0 = lowp.round stochastic %x : tensor<9xf32> -> tensor<9xi8>
  return
}

// -----

// expected-error @+1 {{stores 'tensor<2xi8>', but '!quant.uniform<i32:f32, 5.000000e-01>' is quantized otherwise}}
train.parameter @w : tensor<2xi8> = dense<[1, 2]> : tensor<2xi8> {quantized = !quant.uniform<i32:f32, 0.5>}

// -----

func.func @mixed(%x: tensor<4x!quant.uniform<i8:f32, 0.5>>, %y: tensor<4xf32>) {
  // expected-error @+1 {{operand element types differ}}
  %0 = nn.add %x, %y : tensor<4x!quant.uniform<i8:f32, 0.5>>, tensor<4xf32>
  return
}

// -----

func.func @no_axis(%x: tensor<4x2xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{needs an axis for the scales 'tensor<2xf32>'}}
  %0 = lowp.fake_quant %x, %s [-8, 7] : tensor<4x2xf32>, tensor<2xf32>
  return
}

// -----

func.func @scale_count(%x: tensor<4x2xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{needs 2 scales along axis 1, not 'tensor<4xf32>'}}
  %0 = lowp.fake_quant %x, %s [-8, 7] {axis = 1 : i64} : tensor<4x2xf32>, tensor<4xf32>
  return
}

// -----

func.func @far_axis(%x: tensor<4x2xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{has scales along axis 2 of a tensor of rank 2}}
  %0 = lowp.fake_quant %x, %s [-8, 7] {axis = 2 : i64} : tensor<4x2xf32>, tensor<2xf32>
  return
}

// -----

func.func @empty_range(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error @+1 {{has no codes in [7, -8]}}
  %0 = lowp.fake_quant %x, %s [7, -8] : tensor<4xf32>, tensor<f32>
  return
}

// -----

func.func @zero_point(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error @+1 {{zero point 8 is outside [-8, 7]}}
  %0 = lowp.fake_quant %x, %s [-8, 7] {zero_point = 8 : i64} : tensor<4xf32>, tensor<f32>
  return
}

// -----

func.func @gradient_scale(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error @+1 {{gradient_scale -1.0}}
  %0 = lowp.fake_quant %x, %s [-8, 7] {gradient_scale = -1.0 : f64} : tensor<4xf32>, tensor<f32>
  return
}

// -----

func.func @range(%x: tensor<9xf32>) {
  // expected-error @+1 {{has an empty range: low must be below high}}
  %0 = lowp.range_mask %x {low = 6.0, high = 6.0} : tensor<9xf32> -> tensor<2xi8>
  return
}

// -----

func.func @range_mask(%x: tensor<9xf32>) {
  // expected-error @+1 {{the mask of 9 elements has 2 bytes, not 'tensor<1xi8>'}}
  %0 = lowp.range_mask %x {low = 0.0, high = 6.0} : tensor<9xf32> -> tensor<1xi8>
  return
}

// -----

func.func @encode(%x: tensor<4x8xf32>) {
  // expected-error @+1 {{rounds stochastically: needs a seed}}
  %0:2 = lowp.encode stochastic %x : tensor<4x8xf32> -> tensor<4x8xi8>, tensor<8xf32>
  return
}

// -----

func.func @channels(%x: tensor<4x8xf32>) {
  // expected-error @+1 {{has 4 scales for the channels of 'tensor<4x8xi8>'}}
  %0:2 = lowp.encode nearest %x : tensor<4x8xf32> -> tensor<4x8xi8>, tensor<4xf32>
  return
}

// -----

func.func @decode(%q: tensor<4x8xi8>, %s: tensor<4xf32>) {
  // expected-error @+1 {{has 4 scales for the channels of 'tensor<4x8xi8>'}}
  %0 = lowp.decode %q, %s : tensor<4x8xi8>, tensor<4xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @layer_norm(%x: tensor<3x2x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error @+1 {{has 2 factors and 1 addends for the last axis of}}
  %0 = lowp.layer_norm %x {gamma = array<f64: 1.0, 0.5>, beta = array<f64: 0.0>, epsilon = 1.0e-5 : f64} : tensor<3x2x!quant.uniform<i8:f32, 0.5>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @layer_norm_epsilon(%x: tensor<3x2x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error @+1 {{epsilon must be positive and finite}}
  %0 = lowp.layer_norm %x {gamma = array<f64: 1.0, 0.5>, beta = array<f64: 0.0, 0.0>, epsilon = 0.0 : f64} : tensor<3x2x!quant.uniform<i8:f32, 0.5>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @layer_norm_scales(%x: tensor<3x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>>) {
  // expected-error @+1 {{needs one scale for all of its input, and one for all of its result}}
  %0 = lowp.layer_norm %x {gamma = array<f64: 1.0, 0.5>, beta = array<f64: 0.0, 0.0>, epsilon = 1.0e-5 : f64} : tensor<3x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>> -> tensor<3x2x!quant.uniform<i8:f32, 0.5>>
  return
}
