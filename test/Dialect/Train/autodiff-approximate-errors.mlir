// RUN: coppice-opt %s --train-autodiff --split-input-file --verify-diagnostics

// expected-error @below {{approximate: there is no approximation "hard-swich"; there are hard-swish, norm-shift}}
func.func @unknown(%x: tensor<4xf32>) -> tensor<4xf32> attributes {train.approximate = ["hard-swich"]} {
  %loss = nn.reduce sum %x {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %dx : tensor<4xf32>
}

// -----

func.func @unused(%x: tensor<4xf32>) -> tensor<4xf32> attributes {train.approximate = ["hard-swish"]} {
  %loss = nn.reduce sum %x {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  // expected-error @below {{approximate: hard-swish has nothing to do: the model has no hard-swish; drop it}}
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %dx : tensor<4xf32>
}

// -----

// expected-error @below {{'train.approximate' must be an array of strings}}
func.func @kind(%x: tensor<4xf32>) -> tensor<4xf32> attributes {train.approximate = "hard-swish"} {
  %loss = nn.reduce sum %x {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %dx : tensor<4xf32>
}

// -----

// The model has the op, but the requested gradients do not pass it.
func.func @untrained(%x: tensor<4xf32>, %w: tensor<4xf32>) -> tensor<4xf32> attributes {train.approximate = ["hard-swish"]} {
  %y = nn.hard_swish %x : tensor<4xf32>
  %z = nn.mul %y, %w : tensor<4xf32>, tensor<4xf32>
  %loss = nn.reduce sum %z {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  // expected-warning @below {{approximate: hard-swish changes nothing: no gradient that the update asks for passes a hard-swish; drop it, or train more}}
  %dw = train.gradient %loss wrt %w : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %dw : tensor<4xf32>
}
