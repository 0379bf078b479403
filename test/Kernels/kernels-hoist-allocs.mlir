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

// An allocation in the body of a kernel stays there.
// CHECK-LABEL: func @kernel
func.func @kernel(%out: memref<4xf32>) {
  // CHECK: plan.kernel
  // CHECK: memref.alloc() : memref<4xf32>
  // CHECK-NEXT: scf.for
  plan.kernel outs(%out : memref<4xf32>) {
  ^bb0(%out0: memref<4xf32>):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    scf.for %i = %c0 to %c8 step %c1 {
      %a = memref.alloc() : memref<4xf32>
      memref.copy %a, %out0 : memref<4xf32> to memref<4xf32>
    }
    plan.yield
  }
  return
}
