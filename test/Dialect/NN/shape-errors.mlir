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
  // expected-error @+1 {{permutation must name each axis of 'tensor<2x3xf32>' once}}
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
  // expected-error @+1 {{axes must be sorted, unique and in [0, 2)}}
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

// -----

func.func @transposed(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{gives 'tensor<2x3xf32>', but its operands and attributes make it 'tensor<3x2xf32>'}}
  %0 = nn.transpose %a {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @rank_of_permutation(%a: tensor<f32>) {
  // expected-error @+1 {{permutation must name each axis of 'tensor<f32>' once}}
  %0 = nn.transpose %a {permutation = array<i64: 0>} : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @concatenated(%a: tensor<2x3xf32>, %b: tensor<2x1xf32>) {
  // expected-error @+1 {{gives 'tensor<2x5xf32>', but its operands and attributes make it 'tensor<2x4xf32>'}}
  %0 = nn.concat %a, %b {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @concat_axis(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{axis 2 is not an axis of 'tensor<2x3xf32>'}}
  %0 = nn.concat %a {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @concat_formats(%a: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error @+1 {{operands differ off the axis: 'tensor<2xf32>' and 'tensor<2xf64>'}}
  %0 = nn.concat %a, %b {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf64>) -> tensor<4xf32>
  return
}

// -----

// An op's own verifier reads extents of axes that are there.
func.func @reduced_axis(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{axes must be sorted, unique and in [0, 2)}}
  %0 = nn.reduce max %a {axes = array<i64: 0, 65536>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @gathered_axis(%a: tensor<2x3xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{needs integer indices and an axis of the input, not axis -1}}
  %0 = nn.gather %a, %i {axis = -1 : i64} : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  return
}

// -----

func.func @padded_axes(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{low and high need one amount per axis of 'tensor<2x3xf32>'}}
  %0 = nn.pad %a {low = array<i64: 1>, high = array<i64>, mode = 1 : i32} : (tensor<2x3xf32>) -> tensor<3x3xf32>
  return
}
