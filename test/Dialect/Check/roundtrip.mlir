// RUN: coppice-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func @f
func.func @f(%a: tensor<4xi32>, %b: memref<2xf32>) {
  // CHECK: check.expect_eq %{{.*}}, %{{.*}} : tensor<4xi32>
  check.expect_eq %a, %a : tensor<4xi32>
  // CHECK: check.expect_almost_eq %{{.*}}, %{{.*}} {tolerance = 2.500000e-01 : f64} : memref<2xf32>
  check.expect_almost_eq %b, %b {tolerance = 0.25} : memref<2xf32>
  return
}
