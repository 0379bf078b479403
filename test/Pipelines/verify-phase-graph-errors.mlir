// RUN: coppice-opt %s --coppice-verify-phase=phase=graph --verify-diagnostics

// expected-error @+1 {{'func.func' op breaks the contract of phase graph: shapes are static}}
func.func @open(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{'arith.negf' op breaks the contract of phase graph: shapes are static}}
  %0 = arith.negf %x : tensor<?x4xf32>
  return
}
