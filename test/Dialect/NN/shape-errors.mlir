// RUN: coppice-opt %s --verify-diagnostics --split-input-file

func.func @broadcast(%a: tensor<2x3xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{operand shapes do not broadcast: 'tensor<2x3xf32>' and 'tensor<4xf32>'}}
  %0 = nn.add %a, %b : tensor<2x3xf32>, tensor<4xf32>
  return
}

// -----

func.func @element_types(%a: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error @+1 {{operand element types differ}}
  %0 = nn.mul %a, %b : tensor<2xf32>, tensor<2xf64>
  return
}

// -----

func.func @reshape(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{cannot change the number of elements: 'tensor<2x3xf32>' to 'tensor<5xf32>'}}
  %0 = nn.reshape %a : tensor<2x3xf32> -> tensor<5xf32>
  return
}

// -----

func.func @permutation(%a: tensor<2x3xf32>) {
  // expected-error @+2 {{permutation must name each axis of 'tensor<2x3xf32>' once}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.transpose %a {permutation = array<i64: 0, 0>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @slice(%a: tensor<4xf32>) {
  // expected-error @+1 {{reaches index 5 of axis 0, which has extent 4}}
  %0 = nn.slice %a {starts = array<i64: 1>, strides = array<i64: 2>} : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @reflect(%a: tensor<3xf32>) {
  // expected-error @+1 {{mode reflect cannot add more than 2 elements to axis 0}}
  %0 = nn.pad %a {low = array<i64: 3>, high = array<i64: 0>, mode = 1 : i32} : (tensor<3xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @axes(%a: tensor<2x3xf32>) {
  // expected-error @+2 {{axes must be sorted, unique and in [0, 2)}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.reduce sum %a {axes = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @labels(%x: tensor<4x3xf32>, %l: tensor<3xi64>) {
  // expected-error @+1 {{logits are N×K and labels N, not}}
  %0 = nn.softmax_cross_entropy %x, %l : (tensor<4x3xf32>, tensor<3xi64>) -> tensor<f32>
  return
}

// -----

func.func @ratio(%x: tensor<4xf32>, %s: tensor<i64>) {
  // expected-error @+1 {{ratio must be in [0, 1), not 1}}
  %0 = nn.dropout %x, %s {ratio = 1.0} : tensor<4xf32>, tensor<i64>
  return
}
