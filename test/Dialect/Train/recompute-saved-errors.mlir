// RUN: coppice-opt %s --train-recompute-saved --verify-diagnostics

func.func @computed(%x: tensor<2x5xf32>) -> tensor<2x5xf32> {
  %y = nn.exp %x : tensor<2x5xf32>
  // expected-error @+1 {{cannot be recomputed: its value is not computed from parameters and constants by moving elements}}
  %s = train.saved #train.recompute %y : tensor<2x5xf32>
  return %s : tensor<2x5xf32>
}
