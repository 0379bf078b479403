// RUN: coppice-opt %s --train-autodiff --split-input-file --verify-diagnostics

// All ops without a rule are named at once; ops off the path are not.
func.func @missing(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-note @below {{tensor.cast has no gradient rule}}
  %a = tensor.cast %x : tensor<4xf32> to tensor<?xf32>
  // expected-note @below {{tensor.cast has no gradient rule}}
  %b = tensor.cast %a : tensor<?xf32> to tensor<4xf32>
  %off = tensor.cast %x : tensor<4xf32> to tensor<?xf32>
  %loss = nn.reduce sum %b {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<f32>
  // expected-error @below {{cannot build the gradient: 2 ops between the loss and what it is differentiated for have no gradient rule; freeze the parameters before them}}
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %dx : tensor<4xf32>
}

// -----

func.func @branches(%x: tensor<f32>, %c: i1) -> tensor<f32> {
  cf.br ^bb1
^bb1:
  // expected-error @below {{must stand in the body of a function with one block}}
  %dx = train.gradient %x wrt %x : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %dx : tensor<f32>
}

// -----

// The rule itself refuses.
func.func @variance(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  // expected-error @below {{a gradient can flow through the normalized result alone}}
  %y, %mean, %variance = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5}
    : (tensor<3x5xf32>) -> (tensor<3x5xf32>, tensor<3x1xf32>, tensor<3x1xf32>)
  %loss = nn.reduce sum %variance {axes = array<i64: 0, 1>} : (tensor<3x1xf32>) -> tensor<f32>
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<3x5xf32>) -> tensor<3x5xf32>
  return %dx : tensor<3x5xf32>
}

// -----

// The rule does not support a border of the image.
func.func @border(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  // expected-error @below {{has a border, which forming kernels adds; build its gradient before kernels are formed}}
  %y = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, border = array<i64: 1, 1, 0, 0>} : (tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32>
  %loss = nn.reduce sum %y {axes = array<i64: 0, 1, 2, 3>} : (tensor<1x2x2x1xf32>) -> tensor<f32>
  %dx = train.gradient %loss wrt %x : (tensor<f32>, tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  return %dx : tensor<1x4x4x1xf32>
}
