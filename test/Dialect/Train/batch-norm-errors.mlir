// RUN: coppice-opt %s --train-build-step=batch-norm=train --split-input-file --verify-diagnostics

module {
  train.parameter @w : tensor<3xf32> = dense<1.0> : tensor<3xf32>
  train.parameter @mean : tensor<3xf32> = dense<0.0> : tensor<3xf32> {role = 1 : i32}
  // expected-error @below {{uses 1 running statistics otherwise than in one batch norm over several values a channel; train with batch-norm=frozen or a larger batch}}
  func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    %w = train.read @w : tensor<3xf32>
    // expected-note @below {{@mean is read here}}
    %mean = train.read @mean : tensor<3xf32>
    %0 = nn.div %x, %mean : tensor<2x3xf32>, tensor<3xf32>
    %y = nn.mul %0, %w : tensor<2x3xf32>, tensor<3xf32>
    return %y : tensor<2x3xf32>
  }
}

// -----

// Two batch norms over the same statistics: which batch would they take?
module {
  train.parameter @w : tensor<3xf32> = dense<1.0> : tensor<3xf32>
  train.parameter @mean : tensor<3xf32> = dense<0.0> : tensor<3xf32> {role = 1 : i32}
  train.parameter @variance : tensor<3xf32> = dense<1.0> : tensor<3xf32> {role = 1 : i32}
  // expected-error @below {{uses 2 running statistics otherwise than in one batch norm}}
  func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    %epsilon = arith.constant dense<1.0e-5> : tensor<f32>
    %w = train.read @w : tensor<3xf32>
    // expected-note @below {{@mean is read here}}
    %mean = train.read @mean : tensor<3xf32>
    // expected-note @below {{@variance is read here}}
    %variance = train.read @variance : tensor<3xf32>
    %shifted = nn.add %variance, %epsilon : tensor<3xf32>, tensor<f32>
    %deviation = nn.rsqrt %shifted : tensor<3xf32>
    %0 = nn.sub %x, %mean : tensor<2x3xf32>, tensor<3xf32>
    %1 = nn.mul %0, %deviation : tensor<2x3xf32>, tensor<3xf32>
    %2 = nn.mul %1, %w : tensor<2x3xf32>, tensor<3xf32>
    %3 = nn.sub %2, %mean : tensor<2x3xf32>, tensor<3xf32>
    %4 = nn.mul %3, %deviation : tensor<2x3xf32>, tensor<3xf32>
    return %4 : tensor<2x3xf32>
  }
}

// -----

// expected-error @below {{train.running_momentum must be an f64 from 0 to 1, not 1.500000e+00 : f64}}
train.parameter @mean : tensor<3xf32> = dense<0.0> : tensor<3xf32> {role = 1 : i32, train.running_momentum = 1.5 : f64}

// -----

// expected-error @below {{train.running_momentum belongs on a parameter of role statistic}}
train.parameter @weight : tensor<3xf32> = dense<0.0> : tensor<3xf32> {train.running_momentum = 0.5 : f64}
