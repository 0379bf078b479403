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
  // expected-note @+1 {{lowp.dequantize: converts for a float op}}
  %0 = lowp.dequantize %x : tensor<4x!x> -> tensor<4xf32>
  // expected-note @+1 {{nn.exp: its result is not quantized, or not by its only user}}
  %1 = nn.exp %0 : tensor<4xf32>
  // expected-note @+1 {{nn.dropout: the op has no integer form}}
  %2 = nn.dropout %1, %s {ratio = 0.5} : tensor<4xf32>, tensor<i64>
  return %2 : tensor<4xf32>
}

// -----

!x = !quant.uniform<i8:f32, 0.5:-10>

// A composition of one byte becomes a table, unless something else reads it.
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
  // expected-note @+1 {{lowp.dequantize: converts for a float op}}
  %0 = lowp.dequantize %x : tensor<4x!x> -> tensor<4xf32>
  // expected-note @+1 {{nn.sigmoid: its result is not quantized, or not by its only user}}
  %1 = nn.sigmoid %0 : tensor<4xf32>
  %2 = nn.mul %0, %1 : tensor<4xf32>, tensor<4xf32>
  %3 = lowp.quantize %2 : tensor<4xf32> -> tensor<4x!x>
  return %3, %1 : tensor<4x!x>, tensor<4xf32>
}
