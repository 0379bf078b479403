// RUN: coppice-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @transposes_merge
// CHECK-NEXT: return %arg0
func.func @transposes_merge(%x: tensor<2x3x4x5xf32>) -> tensor<2x3x4x5xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x3x4x5xf32>) -> tensor<2x4x5x3xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 3, 1, 2>} : (tensor<2x4x5x3xf32>) -> tensor<2x3x4x5xf32>
  return %1 : tensor<2x3x4x5xf32>
}

// A transpose that moves only unit axes moves no element.
// CHECK-LABEL: func @transpose_of_units
// CHECK-NEXT: nn.reshape %arg0 : tensor<1x64x1x1xf32> -> tensor<1x1x1x64xf32>
func.func @transpose_of_units(%x: tensor<1x64x1x1xf32>) -> tensor<1x1x1x64xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x64x1x1xf32>) -> tensor<1x1x1x64xf32>
  return %0 : tensor<1x1x1x64xf32>
}

// CHECK-LABEL: func @reshapes_merge
// CHECK-NEXT: nn.reshape %arg0 : tensor<2x6xf32> -> tensor<12xf32>
func.func @reshapes_merge(%x: tensor<2x6xf32>) -> tensor<12xf32> {
  %0 = nn.reshape %x : tensor<2x6xf32> -> tensor<3x4xf32>
  %1 = nn.reshape %0 : tensor<3x4xf32> -> tensor<12xf32>
  return %1 : tensor<12xf32>
}

// A fold must not lose a broadcast.
// CHECK-LABEL: func @add_zero
// CHECK-NEXT: %[[C:.*]] = arith.constant
// CHECK-NEXT: %[[W:.*]] = nn.add %arg0, %[[C]]
// CHECK-NEXT: return %arg0, %[[W]]
func.func @add_zero(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<2x3xf32>) {
  %zero = arith.constant dense<0.0> : tensor<f32>
  %wide = arith.constant dense<0.0> : tensor<2x3xf32>
  %0 = nn.add %x, %zero : tensor<3xf32>, tensor<f32>
  %1 = nn.add %x, %wide : tensor<3xf32>, tensor<2x3xf32>
  return %0, %1 : tensor<3xf32>, tensor<2x3xf32>
}
