// RUN: coppice-opt %s --llvm-lower-copies | FileCheck %s

// CHECK-LABEL: func @copies
func.func @copies(%a: memref<4x4xf32>, %b: memref<4x4xf32>, %c: memref<4x4xf32, strided<[8, 1]>>) {
  // CHECK: memref.copy
  memref.copy %a, %b : memref<4x4xf32> to memref<4x4xf32>
  // CHECK: linalg.copy
  memref.copy %a, %c : memref<4x4xf32> to memref<4x4xf32, strided<[8, 1]>>
  return
}
