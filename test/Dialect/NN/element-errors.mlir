// RUN: coppice-opt %s --verify-diagnostics --split-input-file

func.func @dynamic(%a: tensor<?xf32>) {
  // expected-error @+1 {{must be variadic of statically shaped tensor of any type values}}
  %0 = nn.concat %a, %a {axis = 0 : i64} : (tensor<?xf32>, tensor<?xf32>) -> tensor<0xf32>
  return
}

// -----

func.func @dynamic_result(%a: tensor<4xf32>) {
  // expected-error @+1 {{result #0 must be statically shaped tensor of any type values, but got 'tensor<?xf32>'}}
  %0 = nn.reshape %a : tensor<4xf32> -> tensor<?xf32>
  return
}

// -----

func.func @exp(%a: tensor<4xi32>) {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of floating-point or quantized values, but got 'tensor<4xi32>'}}
  %0 = nn.exp %a : tensor<4xi32>
  return
}

// -----

func.func @leaky(%a: tensor<4xi32>) {
  // expected-error @+1 {{must be statically shaped tensor of floating-point or quantized values}}
  %0 = nn.leaky_relu %a : tensor<4xi32>
  return
}

// -----

func.func @mask(%a: tensor<4xi8>) {
  // expected-error @+1 {{must be statically shaped tensor of 1-bit signless integer values}}
  %0 = nn.and %a, %a : tensor<4xi8>, tensor<4xi8>
  return
}

// -----

func.func @softmax(%a: tensor<4xi32>) {
  // expected-error @+1 {{must be statically shaped tensor of floating-point or quantized values}}
  %0 = nn.softmax %a {axis = 0 : i64} : tensor<4xi32>
  return
}

// -----

func.func @conv(%x: tensor<1x4x4x1xi8>, %w: tensor<1x1x1x1xf32>) {
  // expected-error @+1 {{mixes element types: 'tensor<1x4x4x1xi8>', 'tensor<1x1x1x1xf32>'}}
  %0 = nn.conv2d %x, %w : (tensor<1x4x4x1xi8>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xi8>
  return
}

// -----

// Codes stand for numbers.
func.func @quantized(%x: tensor<1x4x4x1x!quant.uniform<i8:f32, 0.5>>, %w: tensor<1x1x1x1x!quant.uniform<i8:f32, 0.25>>) {
  %0 = nn.exp %x : tensor<1x4x4x1x!quant.uniform<i8:f32, 0.5>>
  %1 = nn.conv2d %x, %w : (tensor<1x4x4x1x!quant.uniform<i8:f32, 0.5>>, tensor<1x1x1x1x!quant.uniform<i8:f32, 0.25>>) -> tensor<1x4x4x1x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @complex(%a: tensor<4xcomplex<f32>>) {
  // expected-error @+1 {{must be statically shaped tensor of floating-point or integer or quantized values}}
  %0 = nn.add %a, %a : tensor<4xcomplex<f32>>, tensor<4xcomplex<f32>>
  return
}

// -----

func.func @prod_grad(%a: tensor<4xf32>) {
  // expected-error @+1 {{axes must be sorted, unique and in [0, 1)}}
  %0 = nn.prod_grad %a {axes = array<i64: 700>} : tensor<4xf32>
  return
}

// -----

func.func @pad_overflow(%a: tensor<4xf32>) {
  // expected-error @+1 {{crops more than axis 0}}
  %0 = nn.pad %a {low = array<i64: -9223372036854775808>, high = array<i64: -9223372036854775808>} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @stride_overflow(%a: tensor<4xf32>) {
  // expected-error @+1 {{stride of axis 0 is -9223372036854775808}}
  %0 = nn.slice %a {starts = array<i64: 1>, strides = array<i64: -9223372036854775808>} : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @slice_overflow(%a: tensor<4xf32>) {
  // expected-error @+1 {{steps out of axis 0}}
  %0 = nn.slice %a {starts = array<i64: 1>, strides = array<i64: 9223372036854775807>} : (tensor<4xf32>) -> tensor<3xf32>
  return
}
