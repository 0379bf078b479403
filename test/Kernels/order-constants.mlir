// RUN: coppice-opt %s --kernels-order-constants | FileCheck %s

// By first use; names that others have are left to them, and so are constants
// that others may read.
// CHECK: memref.global "private" constant @constant_1 : memref<2xf32> = dense<2.000000e+00>
// CHECK-NEXT: memref.global "private" constant @constant_2 : memref<2xf32> = dense<1.000000e+00>
// CHECK-NEXT: memref.global constant @table
// CHECK-NEXT: memref.global "private" @constant_0
memref.global constant @table : memref<2xf32> = dense<3.0>
memref.global "private" constant @__constant_2xf32_0 : memref<2xf32> = dense<1.0>
memref.global "private" @constant_0 : memref<2xf32> = dense<1.0>
memref.global "private" constant @__constant_2xf32 : memref<2xf32> = dense<2.0>
// CHECK-LABEL: func @f
func.func @f() -> (memref<2xf32>, memref<2xf32>, memref<2xf32>, memref<2xf32>) {
  // CHECK: memref.get_global @table
  // CHECK: memref.get_global @constant_1
  // CHECK: memref.get_global @constant_2
  // CHECK: memref.get_global @constant_1
  %0 = memref.get_global @table : memref<2xf32>
  %1 = memref.get_global @__constant_2xf32 : memref<2xf32>
  %2 = memref.get_global @__constant_2xf32_0 : memref<2xf32>
  %3 = memref.get_global @__constant_2xf32 : memref<2xf32>
  return %0, %1, %2, %3 : memref<2xf32>, memref<2xf32>, memref<2xf32>, memref<2xf32>
}
