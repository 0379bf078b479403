// RUN: coppice-opt %s --coppice-verify-phase=phase=kernels --verify-diagnostics

// One run reports every offender.
#map = affine_map<(i) -> (i)>
// expected-error @+1 {{'func.func' op breaks the contract of phase kernels: tensors have become buffers}}
func.func @left(%x: memref<4xf32>, %t: tensor<4xf32>, %n: index) {
  // expected-error @+1 {{'nn.relu' op breaks the contract of phase kernels: every nn and lowp op is lowered}}
  %0 = nn.relu %t : tensor<4xf32>
  // expected-error @+1 {{'memref.alloca' op breaks the contract of phase kernels: nothing lies on the stack}}
  %1 = memref.alloca() : memref<4xf32>
  // expected-error @+1 {{'memref.alloc' op breaks the contract of phase kernels: buffers have static sizes}}
  %2 = memref.alloc(%n) : memref<?xf32>
  // expected-error @+1 {{'linalg.generic' op breaks the contract of phase kernels: structured ops are loops}}
  linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]}
      ins(%x : memref<4xf32>) outs(%1 : memref<4xf32>) {
  ^bb0(%a: f32, %b: f32):
    // expected-error @+1 {{'linalg.yield' op breaks the contract of phase kernels: structured ops are loops}}
    linalg.yield %a : f32
  }
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %c1 step %c1 {
    // expected-error @+1 {{'memref.alloc' op breaks the contract of phase kernels: buffers are allocated in the entry block}}
    %3 = memref.alloc() : memref<4xf32>
    // expected-error @+1 {{'memref.dealloc' op breaks the contract of phase kernels: nothing is freed}}
    memref.dealloc %3 : memref<4xf32>
  }
  return
}

// expected-error @+1 {{'func.func' op breaks the contract of phase kernels: quantized types have become storage types}}
func.func @codes(%q: tensor<4x!quant.uniform<i8:f32, 0.5>>) {
  return
}
