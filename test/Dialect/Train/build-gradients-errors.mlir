// RUN: coppice-opt %s --train-build-gradients --split-input-file --verify-diagnostics
// RUN: not coppice-opt %S/Inputs/cnn.mlir --train-build-gradients=approximate=half 2>&1 | FileCheck %s --check-prefix=APPROXIMATE
// RUN: not coppice-opt %S/Inputs/cnn.mlir --train-build-gradients=output=3 2>&1 | FileCheck %s --check-prefix=OUTPUT
// RUN: not coppice-opt %S/Inputs/deep.mlir --train-build-gradients=freeze=* 2>&1 | FileCheck %s --check-prefix=FREEZE

// APPROXIMATE: error: approximate: there is no approximation "half"; there are hard-swish, norm-shift
// OUTPUT: error: 'func.func' op has 1 results, so output=3 names none
// FREEZE: error: every parameter is frozen: nothing is left to train; freeze fewer

// expected-error @below {{no function @infer}}
module {
}

// -----

// expected-error @below {{there is already a @gradients}}
module {
  // expected-note @below {{give another name with name=}}
  func.func private @gradients()
  func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    return %x : tensor<2x3xf32>
  }
}

// -----

module {
  // expected-error @below {{has nothing to train}}
  func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    return %x : tensor<2x3xf32>
  }
}

// -----

module {
  train.parameter @w : tensor<3xf32> = dense<0.0> : tensor<3xf32>
  func.func @infer(%x: tensor<2x3xi32>) -> tensor<2x3xi32> {
    // expected-error @below {{the loss needs a float output of static shape, not 'tensor<2x3xi32>'}}
    %y = nn.add %x, %x : tensor<2x3xi32>, tensor<2x3xi32>
    return %y : tensor<2x3xi32>
  }
}
