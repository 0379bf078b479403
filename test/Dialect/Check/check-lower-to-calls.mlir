// RUN: coppice-opt %s --check-lower-to-calls | FileCheck %s

// CHECK: func.func private @coppice_check(i64, i64, i64, i64, i32, i32, f64, i64)
// CHECK: memref.global "private" constant @check_text_0
// CHECK-LABEL: func @f
// CHECK-SAME: (%{{.*}}: memref<2xf32>, %[[CONTEXT:.*]]: memref<1xi8>)
func.func @f(%a: memref<2xf32>) {
  // CHECK: memref.extract_aligned_pointer_as_index %[[CONTEXT]]
  // CHECK: call @coppice_check
  check.expect_eq %a, %a : memref<2xf32>
  return
}
