// RUN: coppice-opt %s --coppice-verify-phase=phase=import --verify-diagnostics

func.func @other(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.relu %x : tensor<4xf32>
  // expected-error @+1 {{'math.exp' op breaks the contract of phase import: a model is nn, lowp and train ops, constants and casts of codes}}
  %1 = math.exp %0 : tensor<4xf32>
  // expected-error @+1 {{'tensor.cast' op breaks the contract of phase import: a model is nn, lowp and train ops, constants and casts of codes}}
  %2 = tensor.cast %1 : tensor<4xf32> to tensor<4xf32>
  return %2 : tensor<4xf32>
}

// expected-error @unknown {{'nn.relu' op breaks the contract of phase import: every op says where in the file it comes from}}
func.func @nowhere(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.relu %x : tensor<4xf32> loc(unknown)
  return %0 : tensor<4xf32>
}
