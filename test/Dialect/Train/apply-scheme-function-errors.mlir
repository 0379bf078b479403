// A scheme is of a function that asks for one gradient.
// RUN: coppice-opt %s --train-apply-scheme --split-input-file --verify-diagnostics

// expected-error @below {{no function @train}}
module {
}

// -----

module {
  // expected-error @below {{must have one train.gradient for a scheme to apply to, but has 0}}
  func.func @train(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    return %x : tensor<2x3xf32>
  }
}
