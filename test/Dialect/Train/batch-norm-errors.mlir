// RUN: coppice-opt %s --train-build-step=batch-norm=train --split-input-file --verify-diagnostics
// RUN: not coppice-opt %S/Inputs/cnn.mlir --train-batch-norm=momentum=1 2>&1 | FileCheck %s --check-prefix=MOMENTUM
// MOMENTUM: error: train-batch-norm: momentum must be in [0, 1)

module {
  train.parameter @w : tensor<3xf32> = dense<1.0> : tensor<3xf32>
  train.parameter @mean : tensor<3xf32> = dense<0.0> : tensor<3xf32> {role = 1 : i32}
  func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    %w = train.read @w : tensor<3xf32>
    // expected-error @below {{running statistic 'mean' is read otherwise than by a batch norm over several values a channel; train with --batch-norm=frozen or a larger --batch}}
    %mean = train.read @mean : tensor<3xf32>
    %0 = nn.div %x, %mean : tensor<2x3xf32>, tensor<3xf32>
    %y = nn.mul %0, %w : tensor<2x3xf32>, tensor<3xf32>
    return %y : tensor<2x3xf32>
  }
}

// -----

// expected-error @below {{train.running_momentum must be an f64 from 0 to 1, not 1.500000e+00 : f64}}
train.parameter @mean : tensor<3xf32> = dense<0.0> : tensor<3xf32> {role = 1 : i32, train.running_momentum = 1.5 : f64}

// -----

// expected-error @below {{train.running_momentum belongs on a parameter of role statistic}}
train.parameter @weight : tensor<3xf32> = dense<0.0> : tensor<3xf32> {train.running_momentum = 0.5 : f64}
