// RUN: coppice-opt %s --coppice-verify-phase=phase=target --verify-diagnostics

llvm.func @fine() {
  llvm.return
}

// expected-error @+1 {{'func.func' op breaks the contract of phase target: only the LLVM dialect and parameters are left}}
func.func @left(%x: f32) {
  // expected-error @+1 {{'arith.addf' op breaks the contract of phase target: only the LLVM dialect and parameters are left}}
  %0 = arith.addf %x, %x : f32
  // expected-error @+1 {{'func.return' op breaks the contract of phase target: only the LLVM dialect and parameters are left}}
  return
}
