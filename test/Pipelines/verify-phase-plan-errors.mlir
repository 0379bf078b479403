// RUN: coppice-opt %s --coppice-verify-phase=phase=plan --verify-diagnostics

func.func @unplanned() {
  // expected-error @+1 {{'memref.alloc' op breaks the contract of phase plan: buffers are views of the arena}}
  %0 = memref.alloc() : memref<4xf32>
  // expected-error @+1 {{'memref.alloca' op breaks the contract of phase plan: buffers are views of the arena}}
  %1 = memref.alloca() : memref<4xf32>
  return
}
