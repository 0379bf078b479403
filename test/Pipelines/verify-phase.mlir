// RUN: coppice-opt %s --coppice-verify-phase=phase=kernels | FileCheck %s
// RUN: not coppice-opt %s --coppice-verify-phase=phase=plan 2>&1 | FileCheck %s --check-prefix=PLAN
// RUN: not coppice-opt %s --coppice-verify-phase=phase=lunch 2>&1 | FileCheck %s --check-prefix=NAME

// CHECK-LABEL: func @fine
// PLAN: error: 'memref.alloc' op breaks the contract of phase plan: buffers are views of the arena
// NAME: error: no phase is named 'lunch'
func.func @fine(%x: memref<4xf32>) {
  %0 = memref.alloc() : memref<4xf32>
  memref.copy %x, %0 : memref<4xf32> to memref<4xf32>
  return
}
