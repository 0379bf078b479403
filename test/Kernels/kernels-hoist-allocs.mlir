// RUN: coppice-opt %s --kernels-hoist-allocs | FileCheck %s

// CHECK-LABEL: func @loop
func.func @loop(%n: index, %out: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: memref.alloc() : memref<4xf32>
  // CHECK-NEXT: scf.for
  scf.for %i = %c0 to %n step %c1 {
    %a = memref.alloc() : memref<4xf32>
    memref.copy %a, %out : memref<4xf32> to memref<4xf32>
  }
  return
}
