// RUN: coppice-opt %s --train-build-step=batch-norm=train --split-input-file --verify-diagnostics

module {
  train.parameter @w : tensor<3xf32> = dense<1.0> : tensor<3xf32>
  train.parameter @mean : tensor<3xf32> = dense<0.0> : tensor<3xf32> {role = 1 : i32}
  // expected-error @below {{uses 1 running statistics otherwise than in a batch norm; train with batch-norm=frozen}}
  func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    %w = train.read @w : tensor<3xf32>
    // expected-note @below {{@mean is read here}}
    %mean = train.read @mean : tensor<3xf32>
    %0 = nn.div %x, %mean : tensor<2x3xf32>, tensor<3xf32>
    %y = nn.mul %0, %w : tensor<2x3xf32>, tensor<3xf32>
    return %y : tensor<2x3xf32>
  }
}
