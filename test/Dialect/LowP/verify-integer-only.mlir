// RUN: coppice-opt %s --lowp-verify-integer-only --verify-diagnostics --split-input-file

!x = !quant.uniform<i8:f32, 0.5:-10>

// The interface may be float.
func.func @infer(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = lowp.quantize %x : tensor<4xf32> -> tensor<4x!x>
  %1 = nn.relu %0 : tensor<4x!x> -> tensor<4x!x>
  %2 = lowp.dequantize %1 : tensor<4x!x> -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-10>

// Every op that computes with floats is named, with its reason.
// expected-error @+1 {{is not integer-only: 3 ops compute with floats}}
func.func @infer(%x: tensor<4x!x>, %s: tensor<i64>) -> tensor<4xf32> {
  // expected-note @+1 {{lowp.dequantize: converts codes to or from a float op}}
  %0 = lowp.dequantize %x : tensor<4x!x> -> tensor<4xf32>
  // expected-note @+1 {{nn.exp: its result is not quantized, or not by its only user}}
  %1 = nn.exp %0 : tensor<4xf32>
  // expected-note @+1 {{nn.dropout: the op has no integer form}}
  %2 = nn.dropout %1, %s {ratio = 0.5} : tensor<4xf32>, tensor<i64>
  return %2 : tensor<4xf32>
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-10>

// A composition on one byte becomes a table, unless another op reads a value of
// it.
func.func @infer(%x: tensor<4x!x>) -> tensor<4x!x> {
  %0 = lowp.dequantize %x : tensor<4x!x> -> tensor<4xf32>
  %1 = nn.sigmoid %0 : tensor<4xf32>
  %2 = nn.mul %0, %1 : tensor<4xf32>, tensor<4xf32>
  %3 = lowp.quantize %2 : tensor<4xf32> -> tensor<4x!x>
  return %3 : tensor<4x!x>
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-10>

// expected-error @+1 {{is not integer-only: 2 ops compute with floats}}
func.func @infer(%x: tensor<4x!x>) -> (tensor<4x!x>, tensor<4xf32>) {
  // expected-note @+1 {{lowp.dequantize: converts codes to or from a float op}}
  %0 = lowp.dequantize %x : tensor<4x!x> -> tensor<4xf32>
  // expected-note @+1 {{nn.sigmoid: its result is not quantized, or not by its only user}}
  %1 = nn.sigmoid %0 : tensor<4xf32>
  %2 = nn.mul %0, %1 : tensor<4xf32>, tensor<4xf32>
  %3 = lowp.quantize %2 : tensor<4xf32> -> tensor<4x!x>
  return %3, %1 : tensor<4x!x>, tensor<4xf32>
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-10>
!y = !quant.uniform<i8:f32, 0.25>

// Exact arithmetic rescales in double precision. Layers that move codes, look
// them up or add integers do not rescale.
// expected-error @+1 {{is not integer-only: 3 layers rescale in double precision; --requant=tflite rescales by integers}}
func.func @infer(%a: tensor<1x4x!x>, %b: tensor<4x2x!y>) -> tensor<2x4x!x> {
  // expected-note @+1 {{nn.matmul: rescales in double precision}}
  %0 = nn.matmul %a, %b : (tensor<1x4x!x>, tensor<4x2x!y>) -> tensor<1x2x!x>
  %1 = nn.tanh %0 : tensor<1x2x!x> -> tensor<1x2x!y>
  %2 = nn.concat %1, %1 {axis = 1 : i64} : (tensor<1x2x!y>, tensor<1x2x!y>) -> tensor<1x4x!y>
  // expected-note @+1 {{nn.add: rescales in double precision}}
  %3 = nn.add %2, %a : tensor<1x4x!y>, tensor<1x4x!x> -> tensor<1x4x!y>
  // expected-note @+1 {{nn.concat: rescales in double precision}}
  %4 = nn.concat %3, %a {axis = 0 : i64} : (tensor<1x4x!y>, tensor<1x4x!x>) -> tensor<2x4x!x>
  return %4 : tensor<2x4x!x>
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-10>

// Both kinds are one error.
// expected-error @+1 {{is not integer-only: 2 ops compute with floats and 1 layer rescales in double precision; quantize the tensors around the ops, and give --requant=tflite, which rescales by integers}}
func.func @infer(%a: tensor<1x4x!x>, %b: tensor<4x2x!x>) -> tensor<1x2xf32> {
  // expected-note @+1 {{nn.matmul: rescales in double precision}}
  %0 = nn.matmul %a, %b : (tensor<1x4x!x>, tensor<4x2x!x>) -> tensor<1x2x!x>
  // expected-note @+1 {{lowp.dequantize: converts codes to or from a float op}}
  %1 = lowp.dequantize %0 : tensor<1x2x!x> -> tensor<1x2xf32>
  // expected-note @+1 {{nn.exp: its result is not quantized, or not by its only user}}
  %2 = nn.exp %1 : tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}

// -----

// A float model has too many ops to name.
// expected-error @+1 {{is not integer-only: the model is float; make one on codes of it with 'coppice quantize'}}
func.func @infer(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// A declaration computes nothing.
func.func private @infer(tensor<4xf32>) -> tensor<4xf32>
