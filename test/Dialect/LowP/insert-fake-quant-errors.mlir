// RUN: coppice-opt %s --lowp-insert-fake-quant --verify-diagnostics --split-input-file

// expected-error @+1 {{no function @infer with one block to quantize}}
module {}

// -----

// expected-error @+1 {{lowp.range must be two finite numbers in order, as array<f64: -1.0, 3.5>, not array<f64: 1.000000e+00, 0.000000e+00>}}
func.func @infer(%x: tensor<4xf32> {coppice.role = #coppice.role<input "x">, lowp.range = array<f64: 1.0, 0.0>}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{codes have 2 to 8 bits, not 9}}
func.func @infer(%x: tensor<4xf32> {coppice.role = #coppice.role<input "x">, lowp.range = array<f64: 0.0, 1.0>, lowp.bits = 9 : i64}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{has a lowp.range, but no coppice.role with a name to call it by}}
func.func @infer(%x: tensor<4xf32> {lowp.range = array<f64: 0.0, 1.0>}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{'x' has a range, but is not a float tensor: 'tensor<4xi32>'}}
func.func @infer(%x: tensor<4xi32> {coppice.role = #coppice.role<input "x">, lowp.range = array<f64: 0.0, 1.0>}) -> tensor<4xi32> {
  return %x : tensor<4xi32>
}
