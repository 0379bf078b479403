// RUN: coppice-opt %s --coppice-verify-phase=phase=schedule --verify-diagnostics

// A view has no code, and needs no kernel.
func.func @scheduled(%x: tensor<2x4xf32>, %out: tensor<8xf32>) -> tensor<8xf32> {
  %0 = nn.reshape %x : tensor<2x4xf32> -> tensor<8xf32>
  %1 = plan.kernel ins(%0 : tensor<8xf32>) outs(%out : tensor<8xf32>) {
  ^bb0(%in0: tensor<8xf32>, %out0: tensor<8xf32>):
    %2 = nn.exp %in0 : tensor<8xf32>
    %3 = bufferization.materialize_in_destination %2 in %out0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    plan.yield %3 : tensor<8xf32>
  } -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// One run reports every offender.
func.func @left(%x: tensor<4xf32>, %out: tensor<4xi8>) -> tensor<4xi8> {
  // expected-error @+1 {{'plan.kernel' op breaks the contract of phase schedule: every kernel has outs}}
  %0 = plan.kernel ins(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    %2 = nn.exp %in0 : tensor<4xf32>
    plan.yield %2 : tensor<4xf32>
  } -> tensor<4xf32>
  // expected-error @+1 {{'nn.relu' op breaks the contract of phase schedule: every nn and lowp op but views is in a kernel}}
  %1 = nn.relu %0 : tensor<4xf32>
  // expected-error @+1 {{'lowp.round' op breaks the contract of phase schedule: every nn and lowp op but views is in a kernel}}
  %3 = lowp.round nearest %1 : tensor<4xf32> -> tensor<4xi8>
  return %3 : tensor<4xi8>
}
