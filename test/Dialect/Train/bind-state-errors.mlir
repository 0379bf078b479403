// RUN: coppice-opt %s --train-bind-state --split-input-file --verify-diagnostics

module {
  train.parameter @w : tensor<4xf32> = dense<1.0> : tensor<4xf32>
  func.func @step(%x: tensor<4xf32>) {
    // expected-note @below {{first written here}}
    train.write %x, @w : tensor<4xf32>
    // expected-error @below {{writes @w a second time in one function}}
    train.write %x, @w : tensor<4xf32>
    return
  }
}

// -----

module {
  func.func private @layer(%x: tensor<4xf32>) -> tensor<4xf32> {
    return %x : tensor<4xf32>
  }
  func.func @infer(%x: tensor<4xf32>) -> tensor<4xf32> {
    // expected-error @below {{calls @layer, whose arguments are about to change; run --inline first}}
    %y = func.call @layer(%x) : (tensor<4xf32>) -> tensor<4xf32>
    return %y : tensor<4xf32>
  }
}
