// RUN: coppice-opt %s --kernels-drop-tied-results | FileCheck %s

// CHECK-LABEL: func @f
// CHECK-SAME: (%{{.*}}: memref<4xf32>, %[[Y:.*]]: memref<4xf32>, %[[Z:.*]]: memref<2xf32>) {
func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) -> (memref<4xf32>, memref<2xf32>) {
  // CHECK: %[[A:.*]] = memref.alloc
  // CHECK: memref.copy %[[A]], %[[Z]]
  // CHECK: return{{$}}
  %a = memref.alloc() : memref<2xf32>
  return %y, %a : memref<4xf32>, memref<2xf32>
}
