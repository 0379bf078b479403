// RUN: coppice-opt %s --train-build-step --split-input-file --verify-diagnostics

// expected-error @below {{no function @infer to train; give its name with from=}}
module {
}

// -----

module {
  // expected-error @below {{has nothing to train: the loss depends on no float or quantized parameter of role weight}}
  func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    return %x : tensor<2x3xf32>
  }
}

// -----

module {
  train.parameter @w : tensor<3xf32> = dense<0.0> : tensor<3xf32>
  func.func @infer(%x: tensor<2x5x3xf32>) -> tensor<2x5x3xf32> {
    %w = train.read @w : tensor<3xf32>
    // expected-error @below {{a loss over class labels needs an output of one row of scores per sample, but it is 'tensor<2x5x3xf32>'; take loss=mse or bce for other shapes}}
    %y = nn.mul %x, %w : tensor<2x5x3xf32>, tensor<3xf32>
    return %y : tensor<2x5x3xf32>
  }
}

// -----

// expected-error @below {{there is already a @train}}
module {
  // expected-note @below {{give another name with name=}}
  func.func private @train()
  func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    return %x : tensor<2x3xf32>
  }
}

// -----

module {
  train.parameter @w : tensor<1xf32> = dense<0.0> : tensor<1xf32>
  func.func @infer(%x: tensor<0x2x1xf32>) -> tensor<0x2x1xf32> {
    %w = train.read @w : tensor<1xf32>
    // expected-error @below {{a loss is a mean, but the output 'tensor<0x2x1xf32>' has no elements}}
    %y = nn.mul %x, %w : tensor<0x2x1xf32>, tensor<1xf32>
    return %y : tensor<0x2x1xf32>
  }
}

// -----

module {
  train.parameter @w : tensor<3xf32> = dense<0.0> : tensor<3xf32>
  // expected-error @below {{cannot be trained: its body must end in func.return}}
  func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    llvm.unreachable
  }
}
