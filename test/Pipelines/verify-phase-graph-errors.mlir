// RUN: coppice-opt %s --coppice-verify-phase=phase=graph --verify-diagnostics

// expected-error @+1 {{'func.func' op breaks the contract of phase graph: shapes are static}}
func.func @open(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{'nn.relu' op breaks the contract of phase graph: shapes are static}}
  %0 = nn.relu %x : tensor<?x4xf32>
  return
}
