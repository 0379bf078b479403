// RUN: coppice-opt %s --train-lower-saved --verify-diagnostics

func.func @stored(%x: tensor<2x5xf32>) -> tensor<2x5xf32> {
  // expected-error @+1 {{has the policy #train.narrow<bf16>, which has not been realized; run --train-store-gradients}}
  %s = train.saved #train.narrow<bf16> %x : tensor<2x5xf32>
  return %s : tensor<2x5xf32>
}
