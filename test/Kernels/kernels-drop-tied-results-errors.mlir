// RUN: coppice-opt %s --kernels-drop-tied-results --verify-diagnostics --split-input-file

// expected-error@+1 {{result 0 of type 'f32' is not a buffer}}
func.func @scalar(%x: f32) -> f32 {
  return %x : f32
}

// -----

// expected-error@+1 {{results of a function with several blocks cannot become arguments}}
func.func @blocks(%x: memref<4xf32>) -> memref<4xf32> {
  cf.br ^bb1
^bb1:
  return %x : memref<4xf32>
}

// -----

// expected-error@+1 {{a function whose results become arguments must end in func.return}}
func.func @endless(%x: memref<4xf32>) {
  llvm.unreachable
}
