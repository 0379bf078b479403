// RUN: coppice-opt %s --verify-diagnostics --split-input-file

// Each missing role of an entry point is named, with an example of a role.
func.func @none(
    // expected-error @below {{argument 0 of "none" has no role, and the function is an entry point; add {coppice.role = #coppice.role<input "name">} or another role}}
    %x: tensor<4xf32>,
    // expected-error @below {{argument 1 of "none" has no role}}
    %y: tensor<4xf32>) attributes {coppice.entry} {
  return
}

// -----

// expected-error @below {{result 0 of "result" has no role, and the function is an entry point; add {coppice.role = #coppice.role<output "name">} or another role}}
func.func @result() -> tensor<4xf32> attributes {coppice.entry} {
  %x = arith.constant dense<0.0> : tensor<4xf32>
  return %x : tensor<4xf32>
}

// -----

// expected-error @below {{result 0 of "given" cannot be 'input', which a caller gives; results are output, loss, gradient or parameter}}
func.func private @given() -> (tensor<4xf32> {coppice.role = #coppice.role<input "x">})

// -----

// expected-error @below {{argument 0 of "rate" is 'hyper' and must be one number, such as tensor<f32>, not 'tensor<2xf32>'}}
func.func @rate(%r: tensor<2xf32> {coppice.role = #coppice.role<hyper "rate">}) attributes {coppice.entry} {
  return
}

// -----

// expected-error @below {{result 0 of "loss" is 'loss' and must be one number, such as tensor<f32>, not 'tensor<i64>'}}
func.func private @loss() -> (tensor<i64> {coppice.role = #coppice.role<loss "loss">})

// -----

// expected-error @below {{argument 0 of "scalar_state" is 'state' and must be a buffer of bytes such as memref<64xi8>, not 'memref<f32>'}}
func.func @scalar_state(%s: memref<f32> {coppice.role = #coppice.role<state>}) {
  return
}

// -----

// expected-error @below {{argument 0 of "tensor_arena" is 'arena' and must be a buffer of bytes such as memref<64xi8>, not 'tensor<4xi8>'}}
func.func @tensor_arena(%a: tensor<4xi8> {coppice.role = #coppice.role<arena>}) {
  return
}

// -----

// expected-error @below {{is 'state' and must be a buffer of bytes such as memref<64xi8>, not 'memref<?xi8>'}}
func.func @dynamic_state(%s: memref<?xi8> {coppice.role = #coppice.role<state>}) {
  return
}

// -----

// expected-error @below {{argument 0 of "number" is 'input' and must be a tensor or a buffer, not 'f32'}}
func.func @number(%x: f32 {coppice.role = #coppice.role<input "x">}) {
  return
}

// -----

func.func @twice(%a: memref<8xi8> {coppice.role = #coppice.role<arena>},
    // expected-error @below {{argument 1 of "twice" is 'arena', as number 0 is; there is one of it at most}}
    %b: memref<8xi8> {coppice.role = #coppice.role<arena>}) attributes {coppice.entry} {
  return
}

// -----

// expected-error @below {{argument 0 of "word" has coppice.role = "input", which is not a role; write #coppice.role<input "name">, for instance}}
func.func @word(%x: tensor<4xf32> {coppice.role = "input"}) {
  return
}

// -----

// expected-error @below {{'coppice.entry' is a unit attribute of a function}}
module attributes {coppice.entry} {}

// -----

// expected-error @below {{no attribute of an op is named 'coppice.entrance'; a function may have 'coppice.entry'}}
func.func private @misspelt() attributes {coppice.entrance}
