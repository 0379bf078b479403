// RUN: coppice-opt %s --check-lower-to-calls --verify-diagnostics

func.func @f(%a: tensor<2xf32>) {
  // expected-error@+1 {{is not bufferized}}
  check.expect_eq %a, %a : tensor<2xf32>
  return
}
