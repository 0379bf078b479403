// RUN: coppice-opt %s --verify-diagnostics --split-input-file

func.func @integers(%a: tensor<4xi32>) {
  // expected-error@+1 {{compares floats; integers are equal or not}}
  check.expect_almost_eq %a, %a : tensor<4xi32>
  return
}

// -----

func.func @tolerance(%a: tensor<4xf32>) {
  // expected-error@+1 {{tolerance must not be negative}}
  check.expect_almost_eq %a, %a {tolerance = -1.0} : tensor<4xf32>
  return
}

// -----

func.func @kind(%a: tensor<4xcomplex<f32>>) {
  // expected-error@+1 {{compares numbers of at most 64 bits}}
  check.expect_eq %a, %a : tensor<4xcomplex<f32>>
  return
}
