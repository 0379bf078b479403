// RUN: coppice-opt %s --train-store-gradients --verify-diagnostics --split-input-file

// expected-error @+1 {{rounds gradients stochastically and reads no counter of steps}}
func.func @counter(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %s = train.saved #train.narrow<i8> %x : tensor<2x8xf32>
  return %s : tensor<2x8xf32>
}
