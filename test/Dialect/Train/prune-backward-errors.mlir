// RUN: coppice-opt %s --train-prune-backward --split-input-file --verify-diagnostics

module {
  // expected-error @below {{two steps train different channels of this parameter; give them the same scheme}}
  train.parameter @w : tensor<3x4xf32> = dense<1.0> : tensor<3x4xf32>
  func.func @a(%x: tensor<3x4xf32>) -> tensor<3x4xf32> attributes {train.schemes = {w = #train.update<channels<0, [1]>>}} {
    %w = train.read @w : tensor<3x4xf32>
    %y = nn.mul %x, %w : tensor<3x4xf32>, tensor<3x4xf32>
    %loss = nn.reduce sum %y {axes = array<i64: 0, 1>} : (tensor<3x4xf32>) -> tensor<f32>
    %g = train.gradient %loss wrt %w : (tensor<f32>, tensor<3x4xf32>) -> tensor<3x4xf32>
    return %g : tensor<3x4xf32>
  }
  func.func @b(%x: tensor<3x4xf32>) -> tensor<3x4xf32> attributes {train.schemes = {w = #train.update<channels<0, [2]>>}} {
    %w = train.read @w : tensor<3x4xf32>
    %y = nn.mul %x, %w : tensor<3x4xf32>, tensor<3x4xf32>
    %loss = nn.reduce sum %y {axes = array<i64: 0, 1>} : (tensor<3x4xf32>) -> tensor<f32>
    %g = train.gradient %loss wrt %w : (tensor<f32>, tensor<3x4xf32>) -> tensor<3x4xf32>
    return %g : tensor<3x4xf32>
  }
}

// -----

module {
  // expected-error @below {{lie outside the parameter's type}}
  train.parameter @w : tensor<3x4xf32> = dense<1.0> : tensor<3x4xf32>
  func.func @a(%x: tensor<3x4xf32>) -> tensor<3x4xf32> attributes {train.schemes = {w = #train.update<channels<0, [3]>>}} {
    %w = train.read @w : tensor<3x4xf32>
    %y = nn.mul %x, %w : tensor<3x4xf32>, tensor<3x4xf32>
    %loss = nn.reduce sum %y {axes = array<i64: 0, 1>} : (tensor<3x4xf32>) -> tensor<f32>
    %g = train.gradient %loss wrt %w : (tensor<f32>, tensor<3x4xf32>) -> tensor<3x4xf32>
    return %g : tensor<3x4xf32>
  }
}

// -----

module {
  train.parameter @w : tensor<3xf32> = dense<1.0> : tensor<3xf32>
  func.func @a(%x: tensor<3xf32>) -> tensor<3xf32> attributes {train.schemes = {w = #train.update<none>}} {
    %w = train.read @w : tensor<3xf32>
    %y = nn.mul %x, %w : tensor<3xf32>, tensor<3xf32>
    %loss = nn.reduce sum %y {axes = array<i64: 0>} : (tensor<3xf32>) -> tensor<f32>
    // expected-error @below {{the scheme leaves nothing to train}}
    %g = train.gradient %loss wrt %w : (tensor<f32>, tensor<3xf32>) -> tensor<3xf32>
    return %g : tensor<3xf32>
  }
}

// -----

// expected-error @below {{the channels must be ascending and not negative, and at least one}}
func.func private @bad() attributes {train.schemes = {w = #train.update<channels<0, [2, 1]>>}}

// -----

// expected-error @below {{train.schemes: "w" must be a #train.update}}
func.func private @worse() attributes {train.schemes = {w = 3 : i64}}

// -----

// Only the gradient itself may be returned. A value that is computed from it
// needs it.
module {
  train.parameter @w : tensor<3xf32> = dense<1.0> : tensor<3xf32>
  train.parameter @v : tensor<3xf32> = dense<1.0> : tensor<3xf32>
  func.func @a(%x: tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>) attributes {train.schemes = {v = #train.update<full>, w = #train.update<none>}} {
    // expected-note @below {{a gradient may be returned or end in the update of its own parameter; anything else needs it whole}}
    %w = train.read @w : tensor<3xf32>
    %v = train.read @v : tensor<3xf32>
    %y = nn.mul %v, %w : tensor<3xf32>, tensor<3xf32>
    %loss = nn.reduce sum %y {axes = array<i64: 0>} : (tensor<3xf32>) -> tensor<f32>
    %g, %h = train.gradient %loss wrt %w, %v : (tensor<f32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
    %n = nn.mul %g, %g : tensor<3xf32>, tensor<3xf32>
    // expected-error @below {{depends on the gradient of @w, which the scheme does not train, or not all of}}
    return %loss, %n : tensor<f32>, tensor<3xf32>
  }
}

// -----

module {
  train.parameter @w : tensor<3xf32> = dense<1.0> : tensor<3xf32>
  train.parameter @v : tensor<3xf32> = dense<1.0> : tensor<3xf32>
  func.func @a(%x: tensor<3xf32>) -> tensor<f32> attributes {train.schemes = {v = #train.update<full>, w = #train.update<channels<0, [1]>>}} {
    // expected-note @below {{a gradient may be returned}}
    %w = train.read @w : tensor<3xf32>
    %v = train.read @v : tensor<3xf32>
    %y = nn.mul %v, %w : tensor<3xf32>, tensor<3xf32>
    %loss = nn.reduce sum %y {axes = array<i64: 0>} : (tensor<3xf32>) -> tensor<f32>
    %g, %h = train.gradient %loss wrt %w, %v : (tensor<f32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
    %next = nn.sub %v, %g : tensor<3xf32>, tensor<3xf32>
    // expected-error @below {{depends on the gradient of @w}}
    train.write %next, @v : tensor<3xf32>
    return %loss : tensor<f32>
  }
}

// -----

module {
  train.parameter @w : tensor<3xf32> = dense<1.0> : tensor<3xf32>
  // expected-error @below {{has a scheme for @v, but no parameter has that name}}
  func.func private @typo() attributes {train.schemes = {v = #train.update<none>}}
}
