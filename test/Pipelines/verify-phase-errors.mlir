// RUN: coppice-opt %s --coppice-verify-phase=phase=kernels --verify-diagnostics --split-input-file

// One run reports every offender.
func.func @left(%x: memref<4xf32>, %t: tensor<4xf32>) {
  // expected-error @+1 {{'nn.relu' op breaks the contract of phase kernels: every nn op is lowered}}
  %0 = nn.relu %t : tensor<4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %c1 step %c1 {
    // expected-error @+1 {{'memref.alloc' op breaks the contract of phase kernels: buffers are allocated in the entry block}}
    %1 = memref.alloc() : memref<4xf32>
    // expected-error @+1 {{'memref.dealloc' op breaks the contract of phase kernels: nothing is freed}}
    memref.dealloc %1 : memref<4xf32>
  }
  return
}
