// RUN: coppice-run %s
// RUN: coppice-run %s --kernels
// RUN: coppice-opt %s --plan-form-kernels --plan-schedule | coppice-run - --kernels
// RUN: coppice-opt %s --plan-form-kernels --plan-schedule --convert-nn-to-linalg --coppice-bufferize | FileCheck %s

// A kernel reads each element once, whether the mask ends within a byte or not,
// and copies none.
// CHECK-NOT: memref.copy

// Whole bytes of bits.
func.func @bytes() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
  %m = arith.constant dense<0x95> : tensor<1xi8>
  %y = lowp.select_by_mask %x, %m : tensor<2x4xf32>, tensor<1xi8>
  %e = arith.constant dense<[[1.0, 0.0, 3.0, 0.0], [5.0, 0.0, 0.0, 8.0]]> : tensor<2x4xf32>
  check.expect_eq %y, %e : tensor<2x4xf32>
  return
}

// Fewer elements than a byte has bits.
func.func @few() {
  %x = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %m = arith.constant dense<6> : tensor<1xi8>
  %y = lowp.select_by_mask %x, %m : tensor<3xf32>, tensor<1xi8>
  %e = arith.constant dense<[0.0, 2.0, 3.0]> : tensor<3xf32>
  check.expect_eq %y, %e : tensor<3xf32>
  return
}

// The last byte has fewer elements than the first; the others are codes.
func.func @rest() {
  %x = arith.constant dense<[[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, -12]]> : tensor<4x3xi8>
  %m = arith.constant dense<[0x0F, 0x09]> : tensor<2xi8>
  %y = lowp.select_by_mask %x, %m : tensor<4x3xi8>, tensor<2xi8>
  %e = arith.constant dense<[[1, 2, 3], [4, 0, 0], [0, 0, 9], [0, 0, -12]]> : tensor<4x3xi8>
  check.expect_eq %y, %e : tensor<4x3xi8>
  return
}
